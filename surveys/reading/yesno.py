"""Yes and no in all their forms.

The first word decides («sí», «claro que no») unless the verb of the question says otherwise later («sí fui pero no me
atendieron»); without one, the verb of the question decides, affirmed or denied («todavía no me resuelven», «nadie me
pidió plata»). What only denies what the question takes for granted («no tengo hijos») is neither.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from surveys.reading.lexicon import Lexicon
from surveys.reading.model import Choice, Reading, confirm, reject, value
from surveys.reading.text import Message, fold, tokens

_TAG = re.compile(r"\(\?#(?P<tags>[\w|]+)\)$")
_ENDS = frozenset(",.;:-…!")
_FOCUS = 3
_SHORT = 5
_CHATTY = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """What a yes/no question asks about: the concepts of its verb and of the words after it, and its kinds.

    Kinds are `ya` (something that was to happen), `someone` (whether anyone did it) and `ever`.
    """

    verb: frozenset[str]
    others: frozenset[str]
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for yes or no: the leading word, and the question's verb denied or affirmed."""

    lead: bool | None
    denied: bool
    affirmed: bool


def read_yes_no(yes: Choice, no: Choice, question: str, message: Message, words: Lexicon) -> Reading:
    """Read a reply to a question whose choices are yes and no (numbers were read before)."""
    line = message.core
    if not line:
        return _by_emoji(yes, no, message, words)
    if words.whole("commands.stop.unless_choice").match(line):
        return reject("maybe_stop", (yes.name, no.name))
    if words.whole("unsure.whole").match(line):
        return reject("neither_yes_nor_no", (yes.name, no.name))
    if {"si", "no"} <= {part.split()[-1] for part in words.clauses(message.tokens, at_and=True) if " " in part}:
        return reject("yes_and_no", (yes.name, no.name))
    asked = asked_about(question, words)
    evidence = _weigh(asked, message, words)
    if evidence.lead is None and "ya" in asked.kinds and words.within("no.not_yet").search(line):
        return value(no.name, 0.9)
    spoken_of = evidence.affirmed or evidence.denied or evidence.lead
    if not spoken_of and words.within("unsure.does_not_apply").search(line):
        return confirm(no.name, "not_applicable", 0.5)
    if words.within("asking.patterns").search(line) or (message.asks and evidence.lead is None):
        return reject("question_back")
    reading = _decide(yes, no, asked, evidence, message, words)
    if reading.value and (words.within("unsure.partly").search(line) or words.unsure(message)):
        return confirm(reading.value, "hedged")
    return reading


def _decide(yes: Choice, no: Choice, asked: Asked, evidence: Evidence, message: Message, words: Lexicon) -> Reading:
    if words.within("yes.conditions").match(message.core):
        return confirm(no.name, "condition", 0.4)
    match evidence:
        case Evidence(lead=False):
            return _after_no(yes, no, asked, evidence, message, words)
        case Evidence(denied=True, affirmed=True):
            return confirm(yes.name if evidence.lead else no.name, "yes_and_no")
        case Evidence(lead=True, denied=True):
            return confirm(no.name, "yes_and_no")
        case Evidence(lead=True):
            return value(yes.name, 0.95)
        case Evidence(denied=True):
            return value(no.name, 0.9)
        case Evidence(affirmed=True):
            return _affirmed(yes, no, asked, message, words)
    return _faint(yes, no, asked, message, words)


def _affirmed(yes: Choice, no: Choice, asked: Asked, message: Message, words: Lexicon) -> Reading:
    """The verb of the question without a yes: a fact, unless it is still to come («me van a resolver»)."""
    if words.within("yes.to_come").search(message.core):
        return confirm(no.name if "ya" in asked.kinds else yes.name, "not_done")
    known = words.words("words.empty") | words.words("words.kin") | words.words("words.intensifiers")
    strangers = [word for word in message.core.split() if word.isalpha() and word not in known]
    unexplained = [word for word in strangers if not words.concepts(word) & (asked.verb | asked.others)]
    return value(yes.name, 0.85) if len(unexplained) < _CHATTY else confirm(yes.name, "much_besides")


def _faint(yes: Choice, no: Choice, asked: Asked, message: Message, words: Lexicon) -> Reading:
    """Neither a leading word nor the verb of the question: at best a guess to be confirmed."""
    if words.whole("yes.doubtful").match(message.core):
        return confirm(yes.name, "consent_only", 0.5)
    if words.words("words.negators") & set(message.words):
        return confirm(no.name, "something_denied", 0.4)
    if _others_said(asked, message.core, words):
        return confirm(yes.name, "partly_named", 0.5)
    return reject("neither_yes_nor_no")


def _after_no(yes: Choice, no: Choice, asked: Asked, evidence: Evidence, message: Message, words: Lexicon) -> Reading:
    line = message.core
    rest = words.within("no.lead").sub("", line, count=1).strip() if words.within("no.lead").match(line) else ""
    takes_back = words.within("no.taken_back")
    if takes_back.match(rest) or (evidence.affirmed and takes_back.search(line)):
        return confirm(yes.name, "yes_and_no")
    if evidence.affirmed and not evidence.denied:
        return confirm(no.name, "yes_and_no")
    if not rest or evidence.denied or _others_said(asked, rest, words):
        return value(no.name, 0.95)
    if _set_apart(message, words) or words.within("no.not_yet").search(line) or _only_small_words(rest, words):
        return value(no.name, 0.9)
    return confirm(no.name, "something_denied", 0.6)


def _others_said(asked: Asked, rest: str, words: Lexicon) -> bool:
    return any(words.concepts(word) & asked.others for word in rest.split())


def _set_apart(message: Message, words: Lexicon) -> bool:
    """«No, …», «no señora …»: the no stands for itself."""
    addresses = words.words("words.addresses")
    ends = _ENDS | addresses | words.words("words.also") | words.words("words.because") | {"pues"}
    standing = words.words("no.words") | addresses | {"va"}
    starts = message.tokens[: _SHORT + 3]
    return any(one in standing and other in ends for one, other in pairwise(starts))


def _only_small_words(rest: str, words: Lexicon) -> bool:
    small = words.words("words.empty") | words.words("no.words") | words.words("words.addresses") | {"que", "va"}
    nobody = rest.split()[0] in words.words("no.words") | words.words("no.nobody")
    return nobody or all(word in small for word in rest.split())


def _by_emoji(yes: Choice, no: Choice, message: Message, words: Lexicon) -> Reading:
    said = set(message.tokens)
    agrees, refuses = bool(said & words.words("yes.emoji")), bool(said & words.words("no.emoji"))
    if agrees != refuses:
        return value((yes if agrees else no).name, 0.85)
    if said & words.words("yes.doubtful_emoji"):
        return confirm(yes.name, "emoji")
    return reject("only_symbols")


def _weigh(asked: Asked, message: Message, words: Lexicon) -> Evidence:
    lead = _lead(message.core, words)
    denied, affirmed = _verb(asked, message, words)
    return Evidence(_whole(message, asked, words) if lead is None else lead, denied, affirmed)


def _lead(line: str, words: Lexicon) -> bool | None:
    no = words.within("no.lead").match(line)
    yes = words.within("yes.lead").match(line)
    if yes and (not no or yes.end() > no.end()):
        return True
    return False if no else None


def _whole(message: Message, asked: Asked, words: Lexicon) -> bool | None:
    """Short answers, some only to some kinds of question («ya», «nadie»), or a yes or no that ends the first clause."""
    lines = (message.core, words.clauses(message.tokens)[0])
    for side, answer in (("yes", True), ("no", False)):
        for phrase in words.get(f"{side}.whole"):
            tag = _TAG.search(phrase)
            fits = not tag or set(tag["tags"].split("|")) & asked.kinds
            if fits and any(re.fullmatch(phrase, line) for line in lines[: 1 if answer else 2]):
                return answer
    first = lines[1].split()
    if len(first) <= _SHORT and first[-1] in ("si", "no") and not {"si", "no", "ni", "nunca"} & set(first[:-1]):
        return first[-1] == "si"
    return None


def _verb(asked: Asked, message: Message, words: Lexicon) -> tuple[bool, bool]:
    """Whether the verb of the question is denied somewhere in the reply, and whether it is affirmed somewhere."""
    negators = words.words("words.negators")
    ends = _ENDS | words.words("words.but") | words.words("words.also")
    denied = affirmed = negative = False
    for position, token in enumerate(message.tokens):
        following = message.tokens[position + 1] if position + 1 < len(message.tokens) else ""
        if token in ends:
            negative = False
        elif token in negators:
            negative = negative or not (token == "no" and (following in ends or following == "si"))
        elif token.isalpha() and words.concepts(token) & asked.verb:
            denied |= negative or following in negators
            affirmed |= not (negative or following in negators)
        elif negative and token.isalpha() and words.concepts(token) & asked.others:
            denied |= token not in words.words("no.taken_for_granted")
    return denied, affirmed


@lru_cache(maxsize=4096)
def asked_about(question: str, words: Lexicon) -> Asked:
    """The verb of a yes/no question and the words after it, as concepts."""
    asked = [word for word in tokens(fold(question.rpartition("¿")[2])) if word.isalpha()]
    subject = words.words("question.subject") | words.words("words.kin")
    focus: list[str] = []
    for word in asked:
        if len(focus) == _FOCUS or (focus and word in words.words("question.breaks")):
            break
        if word not in subject:
            focus.append(word)
    kinds = {kind for kind, marks in words.get("question.kinds").items() if set(marks.split()) & set(asked)}
    verb = words.concepts(focus[0]) if focus else frozenset()
    others: frozenset[str] = frozenset().union(*(words.concepts(word) for word in focus[1:]))
    return Asked(verb, others, frozenset(kinds))
