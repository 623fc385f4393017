"""Several choices of a list: «1 y 3», «la cédula y el registro», «todas menos la 2», «ninguna»."""

import re
from itertools import pairwise

from surveys.reading.choices import positions, rest_of
from surveys.reading.lexicon import Lexicon
from surveys.reading.matching import Match, matches
from surveys.reading.model import Choice, Expected, Reading, confirm, reject, value
from surveys.reading.nonanswers import holds_non_answer
from surveys.reading.numbers import amounts
from surveys.reading.options import Options, by_label, prepare
from surveys.reading.quantity import written
from surveys.reading.text import Message, is_number, sound

_SURE, _CLEAR = 0.55, 0.6
_FEW = 3


def read_several(expected: Expected, message: Message, words: Lexicon) -> Reading:
    """Read a reply to `select_multiple`. The value lists names in the displayed order."""
    options = prepare(expected.choices, words)
    if named := by_label(options, message):
        return value(named.choice.name)
    if words.within("asking.patterns").search(message.core):
        return reject("question_back")
    for reader in (_none, _all, _first_ones, _by_numbers):
        if reading := reader(options, expected, message, words):
            return reading
    return _by_words(options, expected, message, words)


def _named(options: Options, chosen: set[str]) -> str:
    return " ".join(option.choice.name for option in options.all if option.choice.name in chosen)


def _none(options: Options, expected: Expected, message: Message, words: Lexicon) -> Reading | None:
    if words.whole("choice.none").match(message.core):
        return value(options.none.name, 0.95) if options.none else reject("none_not_offered")
    parts = [part for part in words.clauses(message.tokens) if part != "no"]
    said_fine = ("choice.none", "choice.all_fine")
    if (
        "," in message.tokens
        and parts
        and all(any(words.whole(heading).match(part) for heading in said_fine) for part in parts)
    ):
        return value(options.none.name, 0.9) if options.none else reject("none_not_offered")
    if options.none and words.whole("choice.all_fine").match(message.core) and not _turns(message, words):
        about_problems = sound("problema") in {sound(w) for w in words.authored(options.none.labels[0]).line.split()}
        return value(options.none.name, 0.9) if about_problems else None
    return None


def _turns(message: Message, words: Lexicon) -> bool:
    return bool(words.words("words.but") & set(message.words))


def _all(options: Options, expected: Expected, message: Message, words: Lexicon) -> Reading | None:
    """«todas», «todas menos la 2»: the real choices, without «ninguno», «otro» and «no sé»."""
    everything = [choice.name for choice in options.real()]
    whole = words.whole("choice.all")
    if whole.match(message.core):
        return value(" ".join(everything), 0.95)
    for word in words.words("choice.except"):
        before, found, after = message.core.partition(f" {word} ")
        if found and whole.match(before.strip()):
            rest = words.message(after)
            left_out = _chosen(options, expected, rest, words)
            if left_out:
                return value(" ".join(name for name in everything if name not in left_out), 0.9)
            return reject("exception_unclear")
    return None


def _first_ones(options: Options, expected: Expected, message: Message, words: Lexicon) -> Reading | None:
    """«las primeras tres», «las dos últimas»."""
    said = message.core.split()
    first = any(word in ("primeras", "primeros", "first") for word in said)
    last = any(word in ("ultimas", "ultimos", "last") for word in said)
    counts = [amount for amount in amounts(said, words) if amount.value.denominator == 1 and not amount.article]
    if first == last or len(counts) != 1 or len(said) > 7:
        return None
    count, everything = int(counts[0].value), [option.choice.name for option in options.all]
    if not 1 <= count <= len(everything):
        return reject("no_such_option", (str(count),))
    return value(" ".join(everything[:count] if first else everything[-count:]), 0.9)


def _by_numbers(options: Options, expected: Expected, message: Message, words: Lexicon) -> Reading | None:
    count = len(options.all)
    said = positions(_with_commas_apart(message, count), words, count)
    if said is None:
        return (
            reject("no_such_option", tuple(written(a.value) for a in amounts(message.tokens, words)))
            if not rest_of(message, words)
            else None
        )
    if not said:
        return None
    numbers = sorted({number for number, _ in said})
    rest = rest_of(message, words)
    if not all(1 <= number <= count for number in numbers):
        together = len(numbers) == 1 and count < 10 and set(str(numbers[0])) <= set("123456789"[:count])
        return reject("run_together" if together else "no_such_option", tuple(map(str, numbers)))
    chosen = {options.all[number - 1].choice.name for number in numbers}
    if options.none and options.none.name in chosen and len(chosen) > 1:
        return reject("none_and_some", tuple(chosen))
    reading = _named(options, chosen)
    spans = {"-", "a"} & set(message.tokens) or re.search(r"\bdel? \w+ (a|al|hasta)\b", message.line)
    if len(numbers) == 2 and spans:
        between = range(numbers[0], numbers[1] + 1)
        return confirm(" ".join(options.all[number - 1].choice.name for number in between), "range_or_pair")
    if {"o", "u", "or"} & set(message.core.split()) and len(numbers) > 1:
        return reject("one_or_other", tuple(chosen))
    if "." in "".join(token for token in message.tokens if is_number(token)):
        return confirm(reading, "list_or_decimal")
    return _with_rest(options, expected, message, words, chosen, rest, reading)


def _with_rest(
    options: Options,
    expected: Expected,
    message: Message,
    words: Lexicon,
    chosen: set[str],
    rest: list[str],
    reading: str,
) -> Reading:
    """Option numbers beside words: the words may name the same choices, more of them, or something else."""
    rest = [word for word in rest if word not in ("o", "y")]
    if not rest:
        return confirm(reading, "hedged") if words.unsure(message) else value(reading, 0.97)
    if {"no", "ni", "menos", "sin"} & set(rest):
        return reject("something_denied", (reading,))
    named = _chosen_by_words(options, expected, " ".join(rest), words)
    if named and named <= chosen:
        return value(reading, 0.95)
    if named:
        return confirm(_named(options, chosen | named), "numbers_and_words")
    return confirm(reading, "much_besides") if len(rest) <= _FEW else reject("number_among_words", (reading,))


def _with_commas_apart(message: Message, count: int) -> Message:
    """«1,2 y 5» and «1.3» are lists here, not decimals."""
    apart: list[str] = []
    for token in message.tokens:
        parts = re.split(r"[.,]", token) if is_number(token) else [token]
        apart.extend(parts if all(part.isdigit() and int(part) <= max(count, 9) for part in parts) else [token])
    return Message(message.clean, tuple(apart), message.words, message.line, message.core, message.asks, message.cut)


def _chosen(options: Options, expected: Expected, message: Message, words: Lexicon) -> set[str]:
    """The choices that a stretch of text names, by number or by words."""
    said = positions(_with_commas_apart(message, len(options.all)), words, len(options.all)) or []
    by_number = {options.all[number - 1].choice.name for number, _ in said if 1 <= number <= len(options.all)}
    return by_number or _chosen_by_words(options, expected, message.core, words)


def _chosen_by_words(options: Options, expected: Expected, line: str, words: Lexicon) -> set[str]:
    return {
        match.option.choice.name for match in matches(options, line, words, expected.question) if match.score >= _SURE
    }


def _by_words(options: Options, expected: Expected, message: Message, words: Lexicon) -> Reading:
    """Clause by clause, as one clause may deny a choice and the next affirm another."""
    core = message.core
    if not core:
        return reject("only_symbols" if message.tokens else "empty")
    whole = matches(options, core, words, expected.question)
    one_clause = len(words.clauses(message.tokens, at_and=True)) == 1
    if (
        one_clause
        and whole
        and whole[0].whole
        and whole[0].strangers == 0
        and len([m for m in whole if m.score >= _SURE]) == 1
    ):
        return value(whole[0].option.choice.name, 0.93)
    chosen: set[str] = set()
    unexplained, guessed, denied = 0, False, False
    for part in words.clauses(message.tokens, at_and=True):
        found = [match for match in matches(options, part, words, expected.question) if match.score >= _SURE]
        if found:
            kept = _each_of_its_words(found)
            chosen |= {match.option.choice.name for match in kept}
            unexplained += min(match.strangers for match in kept) - (len(kept) - 1)
            tied = any(one.words == other.words for one, other in pairwise(kept))
            guessed |= tied or kept[0].score < _CLEAR or (kept[0].strangers > 1 and not kept[0].whole)
        else:
            denied |= bool({"no", "ni", "sin"} & set(part.split()))
            unexplained += (
                len([word for word in words.message(part).core.split() if word not in words.words("words.empty")])
                if not denied
                else 0
            )
    if not chosen:
        refused = holds_non_answer(message, words)
        return reject(refused or "no_choice_named")
    reading = _named(options, chosen)
    if options.none and options.none.name in chosen and len(chosen) > 1:
        return reject("none_and_some", tuple(chosen))
    if {"o", "u"} & set(core.split()) and len(chosen) > 1:
        return reject("one_or_other", tuple(chosen))
    doubtful = words.unsure(message)
    fine = options.none and any(
        words.whole(heading).match(part)
        for part in words.clauses(message.tokens)
        for heading in ("choice.all_fine", "choice.none")
    )
    if fine or denied or doubtful or guessed or unexplained > 0:
        return confirm(reading, "partly_named")
    return value(reading, 0.9)


def _each_of_its_words(found: list[Match]) -> list[Match]:
    """Of matches, best first, those that explain words which no better one explains; ties are kept."""
    kept: list[Match] = []
    for match in found:
        better = [other for other in kept if other.score > match.score]
        explained = frozenset().union(*(other.words for other in better))
        if not match.words <= explained and (match.whole or not found[0].whole):
            kept.append(match)
    return kept or found[:1]


def read_rank(expected: Expected, message: Message, words: Lexicon) -> Reading:
    """Read an order of all choices: numbers or labels in the order of preference."""
    options = prepare(expected.choices, words)
    count = len(options.all)
    said = positions(_with_commas_apart(message, count), words, count) or []
    order: list[Choice] = [options.all[number - 1].choice for number, _ in said if 1 <= number <= count]
    if not order:
        for part in words.clauses(message.tokens, at_and=True):
            found = matches(options, part, words, expected.question)
            if found and found[0].score >= _SURE:
                order.append(found[0].option.choice)
    names = [choice.name for choice in order]
    if len(set(names)) != len(names) or not names:
        return reject("no_order")
    if len(names) < count:
        return reject("order_incomplete", tuple(names))
    return value(" ".join(names), 0.95)
