"""One choice of a list: by number, label, part of a label, or in other words."""

import re

from surveys.reading.grades import read_grade, scale_of
from surveys.reading.intervals import read_interval
from surveys.reading.lexicon import Lexicon
from surveys.reading.matching import Match, matches
from surveys.reading.model import Choice, Expected, Reading, confirm, reject, value
from surveys.reading.nonanswers import as_dont_know, holds_non_answer, non_answer
from surveys.reading.numbers import amounts, counts, in_date
from surveys.reading.options import Options, by_label, prepare
from surveys.reading.people import asks_who, read_person
from surveys.reading.quantity import written
from surveys.reading.text import Message, is_number
from surveys.reading.yesno import read_yes_no

_SURE, _POSSIBLE, _LEAD = 0.62, 0.45, 0.12
_FEW = 2
_MOST_WORDS = 60


def yes_and_no(choices: tuple[Choice, ...], words: Lexicon) -> tuple[Choice, Choice] | None:
    """The two choices that are «sí» and «no», if the list has both and little else."""

    def first(path: str, names: tuple[str, ...]) -> Choice | None:
        return next(
            (
                c
                for c in choices
                if any(words.authored(label).line in words.words(path) for label in c.labels) or c.name.lower() in names
            ),
            None,
        )

    if not 2 <= len(choices) <= 4:
        return None
    yes, no = first("yes.words", ("si", "yes")), first("no.words", ("no",))
    return (yes, no) if yes and no and yes is not no else None


def read_choice(expected: Expected, message: Message, words: Lexicon) -> Reading:
    """Read a reply to `select_one`."""
    choices = expected.choices
    options = prepare(choices, words)
    both = yes_and_no(choices, words)
    if both and words.whole("unsure.declines").match(message.line):
        return confirm(both[1].name, "declines")
    if named := by_label(options, message):
        return value(named.choice.name)
    if options.unknown and non_answer(message, words) == "dont_know":
        return value(options.unknown.name, 0.9)
    if both:
        bare = set(rest_of(message, words)) <= {"si", "no"} and (
            len(message.words) <= _FEW or not _answers(message, words)
        )
        by_number = _by_position(options, message, words, expected) if bare else None
        return by_number or read_yes_no(*both, expected.question, message, words)
    if scale_of(choices, words):
        graded = read_grade(choices, expected.question, message, words)
        if graded.value or graded.reason not in ("no_grade", "denied"):
            return graded
        return graded if graded.reason == "denied" else _by_words(options, expected, message, words, weak=True)
    if words.within("asking.patterns").search(message.core):
        return reject("question_back")
    if interval := read_interval(choices, message, words):
        return interval
    return _by_position(options, message, words, expected) or _by_words(options, expected, message, words)


def _answers(message: Message, words: Lexicon) -> bool:
    """Whether the reply begins with a yes or a no, so that a number after it is only told besides."""
    return bool(words.within("yes.lead").match(message.core) or words.within("no.lead").match(message.core))


def positions(message: Message, words: Lexicon, count: int) -> list[tuple[int, int]] | None:
    """Option numbers named, with where they stand; None when a number is no option number («10 minutos», «4.5»)."""
    if not 1 <= len(message.words) <= _MOST_WORDS:
        return []
    found: list[tuple[int, int]] = []
    for amount in amounts(message.tokens, words):
        pronoun = message.tokens[amount.start] in ("uno", "una") and bool(rest_of(message, words))
        if amount.article or pronoun or in_date(amount, message.tokens, words) or counts(amount, message.tokens, words):
            continue
        if amount.unit or amount.value.denominator != 1 or amount.scaled:
            return None
        found.append((int(amount.value), amount.start))
    for position, token in enumerate(message.tokens):
        for number, ordinal in enumerate(words.get("choice.ordinals"), 1):
            if re.fullmatch(ordinal, token) and number not in [n for n, _ in found]:
                found.append((number, position))
        if re.fullmatch(words.get("choice.last")[0], token):
            found.append((count, position))
    return sorted(found, key=lambda pair: pair[1])


def _by_position(options: Options, message: Message, words: Lexicon, expected: Expected) -> Reading | None:
    """A single option number, alone or beside words that agree with it; None when no number was said."""
    count = len(options.all)
    said = positions(message, words, count)
    if said is None:
        found = [a for a in amounts(message.tokens, words) if not a.article]
        return None if any(a.unit for a in found) else reject("no_such_option", tuple(written(a.value) for a in found))
    if not said:
        return None
    if words.within("asking.patterns").search(message.core):
        return reject("question_back")
    numbers = list(dict.fromkeys(number for number, _ in said))
    rest = rest_of(message, words)
    both = yes_and_no(expected.choices, words)
    if len(numbers) > 1:
        return reject("two_numbers", tuple(map(str, numbers)))
    number = numbers[0]
    if both and len(rest) >= 1 and re.match(r"(si|no|nadie|nunca)\b", message.core):
        return None
    if both and number == 0:
        return None
    if not 1 <= number <= count:
        return reject("no_such_option", (str(number),)) if len(rest) <= _FEW else None
    chosen = options.all[number - 1].choice
    if not rest:
        doubtful = words.unsure(message) or "+" in message.tokens
        return confirm(chosen.name, "hedged") if doubtful else value(chosen.name, 0.97)
    if both:
        spoken = read_yes_no(*both, expected.question, _without_numbers(message), words)
        return (
            value(chosen.name, 0.95)
            if spoken.value == chosen.name
            else reject("number_and_words_differ", (chosen.name,))
        )
    named = matches(options, " ".join(rest), words, expected.question)
    if named and named[0].option.choice is chosen:
        return value(chosen.name, 0.95)
    if named and named[0].score >= _SURE:
        return reject("number_and_words_differ", (chosen.name, named[0].option.choice.name))
    return (
        confirm(chosen.name, "much_besides") if len(rest) <= _FEW + 1 else reject("number_among_words", (chosen.name,))
    )


def _without_numbers(message: Message) -> Message:
    core = " ".join(word for word in message.core.split() if not is_number(word))
    return Message(message.clean, message.tokens, message.words, core, core, message.asks, message.cut)


def rest_of(message: Message, words: Lexicon) -> list[str]:
    """Words of the reply that are neither numbers, ordinals nor empty."""
    ordinals = re.compile("|".join([*words.get("choice.ordinals"), *words.get("choice.last")]) or "(?!)")
    empty = words.words("words.empty") - {"no", "ni", "sin", "nada"}
    return [
        word
        for word in message.core.split()
        if not is_number(word) and word not in empty and word not in words.numbers and not ordinals.fullmatch(word)
    ]


def _by_words(options: Options, expected: Expected, message: Message, words: Lexicon, *, weak: bool = False) -> Reading:
    core = message.core
    if not core:
        return reject("only_symbols" if message.tokens else "empty")
    if asks_who(expected, words) and (person := read_person(options, message, words, expected)):
        return person
    if options.other and words.whole("choice.other_phrases").match(core):
        return value(options.other.name, 0.9)
    if options.none and words.whole("choice.none").match(core):
        return value(options.none.name, 0.9)
    found = _speaking(options, expected, message, words)
    if not found:
        refused = holds_non_answer(message, words)
        return as_dont_know(refused, 0.7) if refused else reject("no_choice_named")
    best = found[0]
    rivals = [
        match
        for match in found[1:]
        if best.score - match.score < _LEAD or (match.score >= _SURE and not match.words <= best.words)
    ]
    if rivals:
        return reject("two_choices", tuple(match.option.choice.name for match in [best, *rivals]))
    name = best.option.choice.name
    if words.words("words.but") & set(message.words):
        weak = True
    if weak or words.unsure(message):
        return confirm(name, "hedged")
    if best.score >= _SURE and best.strangers <= (1 if best.whole else 0):
        return value(name, min(0.97, best.score))
    return confirm(name, "partly_named") if best.score >= _POSSIBLE else reject("no_choice_named", (name,))


def _speaking(options: Options, expected: Expected, message: Message, words: Lexicon) -> list[Match]:
    """Choices the reply speaks of: as a whole, else clause by clause; a longer label beats the one inside it."""
    found = matches(options, message.core, words, expected.question)
    parts = words.clauses(message.tokens)
    if len(parts) > 1:
        by_name: dict[str, Match] = {}
        for part in parts:
            for match in matches(options, part, words, expected.question):
                known = by_name.get(match.option.choice.name)
                if known is None or match.score > known.score:
                    by_name[match.option.choice.name] = match
        found = sorted(by_name.values(), key=lambda match: -match.score)
    return _without_inner(found, message.core)


def _without_inner(found: list[Match], line: str) -> list[Match]:
    """«muy malo» also holds «malo»: the longer label is meant."""

    def said(match: Match) -> list[str]:
        return [alias.line for alias in match.option.aliases if f" {alias.line} " in f" {line} "]

    return [
        match
        for match in found
        if not any(
            other is not match
            and any(own != longer and f" {own} " in f" {longer} " for own in said(match) for longer in said(other))
            for other in found
        )
    ]
