"""Yes and no in all their forms.

The first word decides («sí», «claro que no») unless the verb of the question says otherwise later («sí fui pero no me
atendieron»); without one, the verb of the question decides, affirmed or denied («todavía no me resuelven», «nadie me
pidió plata»). What only denies what the question takes for granted («no tengo hijos») is neither.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from surveys.reading.lexicon import Lexicon
from surveys.reading.model import Choice, Reading, confirm, reject, value
from surveys.reading.text import Message, fold, tokens

_TAG = re.compile(r"\(\?#(?P<tags>[\w|]+)\)$")
_SUBJECT = {"alguien", "alguno", "alguna", "algun", "su", "sus", "mi", "usted", "ustedes", "ya", "le", "lo", "la", "les", "los",
            "las", "se", "me", "nos", "o", "y", "el", "tu", "esta", "este", "ha", "han", "he", "alguna", "vez", "del", "de", "en", "al",
            "ano", "mes", "semana", "did", "do", "does", "was", "were", "is", "are", "have", "has", "you", "your", "the", "a", "they", "someone", "anyone"}
_BREAKS = {"a", "en", "de", "que", "para", "este", "esta", "por", "con", "cuando", "si", "to", "that", "when"}
_ADDRESSES = ("senora", "senor", "dona", "don", "doctora", "doctor", "mija", "mijo", "mi", "parce", "veci")
_FOCUS = 3
_SHORT = 5
_IF = re.compile(r"^si (hubiera|hubiese|fuera|tuviera|dios quiere|me (dan|atienden|resuelven|hubieran)|es que|acaso|quiere|puede|ellos quieren)")
_MEANS_OTHERWISE = re.compile(r"\b(no solo|casi no|no si|si no)\b")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a yes/no question asks about: the concepts of its verb and of the words after it."""

    verb: frozenset[str]
    others: frozenset[str]
    kinds: frozenset[str]


def read_yes_no(yes: Choice, no: Choice, question: str, message: Message, words: Lexicon) -> Reading:
    """Read a reply to a question whose choices are yes and no (numbers were read before)."""
    line = message.core
    if not line:
        return _by_emoji(yes, no, message, words)
    if words.whole("unsure.whole").match(line):
        return reject("maybe_stop" if "no mas" in line else "neither_yes_nor_no", (yes.name, no.name))
    if {"si", "no"} <= {part.split()[-1] for part in words.clauses(message.tokens, at_and=True) if " " in part}:
        return reject("yes_and_no", (yes.name, no.name))
    asked = asked_about(question, words)
    denied, affirmed = _verb(asked, message, words)
    lead = _lead(line, words)
    if lead is None:
        lead = _whole(message, asked, words)
    if lead is None and "ya" in asked.kinds and words.within("no.not_yet").search(line):
        return value(no.name, 0.9)
    if words.within("unsure.does_not_apply").search(line) and lead is not True and not affirmed and not denied:
        return confirm(no.name, "not_applicable", 0.5)
    if words.within("asking.patterns").search(line) or (message.asks and lead is None):
        return reject("question_back")
    reading = _decide(yes, no, asked, lead, denied, affirmed, message, words)
    if words.within("unsure.partly").search(line) or words.within("words.hedges").search(line) or words.within("words.jokes").search(line) or message.asks or message.cut:
        return confirm(reading.value, "hedged") if reading.value else reading
    return reading


def _decide(
    yes: Choice, no: Choice, asked: Asked, lead: bool | None, denied: bool, affirmed: bool, message: Message, words: Lexicon
) -> Reading:
    line = message.core
    if _IF.match(line):
        return confirm(no.name, "condition", 0.4)
    if lead is True:
        if denied and affirmed:
            return confirm(yes.name, "yes_and_no")
        if denied:
            return confirm(no.name, "yes_and_no")
        return value(yes.name, 0.95)
    if lead is False:
        return _after_no(yes, no, asked, denied, affirmed, message, words)
    if denied and affirmed:
        return confirm(no.name, "yes_and_no")
    if denied:
        return confirm(no.name, "almost") if "casi" in message.words else value(no.name, 0.9)
    if affirmed:
        future = re.search(r"\b(van|va|que|cuando|para que|ojala|quieren|iban|iba) (a |me |lo |la )*\w*$|\b(van|va|iban|quedaron|quedo) (a|en|de)\b|\b(ojala|cuando)\b", line)
        return confirm(no.name if "ya" in asked.kinds else yes.name, "not_done") if future else value(yes.name, 0.85)
    if words.whole("yes.doubtful").match(line):
        return confirm(yes.name, "consent_only", 0.5)
    if not words.words("words.negators") & set(message.words) and _others_said(asked, line, words):
        return confirm(yes.name, "partly_named", 0.5)
    if words.words("words.negators") & set(message.words):
        return confirm(no.name, "something_denied", 0.4)
    return reject("neither_yes_nor_no")


def _after_no(
    yes: Choice, no: Choice, asked: Asked, denied: bool, affirmed: bool, message: Message, words: Lexicon
) -> Reading:
    line = message.core
    rest = words.within("no.lead").sub("", line, count=1).strip() if words.within("no.lead").match(line) else ""
    if _MEANS_OTHERWISE.search(line) and affirmed:
        return confirm(yes.name, "yes_and_no")
    if re.match(r"(pues |que )?(si|claro)\b", rest):
        return confirm(yes.name, "yes_and_no")
    if affirmed and not denied:
        return confirm(no.name, "yes_and_no")
    if not rest or denied or _others_said(asked, rest, words):
        return value(no.name, 0.95)
    if _set_apart(message) or words.within("no.not_yet").search(line) or _only_small_words(rest, words):
        return value(no.name, 0.9)
    return confirm(no.name, "something_denied", 0.6)


def _others_said(asked: Asked, rest: str, words: Lexicon) -> bool:
    return any(words.concepts(word) & asked.others for word in rest.split())


def _set_apart(message: Message) -> bool:
    """«No, …»: the no stands for itself."""
    for position, token in enumerate(message.tokens[:8]):
        if token in ("no", "nunca", "tampoco", "nada", "va", *_ADDRESSES):
            following = message.tokens[position + 1 : position + 2]
            if following and following[0] in ("y", ",", ".", ";", ":", "-", "…", "!", "pues", *_ADDRESSES):
                return True
    return False


def _only_small_words(rest: str, words: Lexicon) -> bool:
    small = words.words("words.empty") | words.words("no.words") | {"que", "va", "nadie", "senora", "senor"}
    return all(word in small for word in rest.split())


def _by_emoji(yes: Choice, no: Choice, message: Message, words: Lexicon) -> Reading:
    agree = any(token in words.words("yes.emoji") for token in message.tokens)
    refuse = any(token in words.words("no.emoji") for token in message.tokens)
    if agree != refuse:
        found = yes if agree else no
        return confirm(found.name, "emoji") if "👌" in message.tokens else value(found.name, 0.85)
    return reject("only_symbols" if message.tokens else "empty")


def _lead(line: str, words: Lexicon) -> bool | None:
    no = words.within("no.lead").match(line)
    yes = words.within("yes.lead").match(line)
    if yes and (not no or yes.end() > no.end()):
        return True
    return False if no else None


def _whole(message: Message, asked: Asked, words: Lexicon) -> bool | None:
    """Short answers that decide only some kinds of question: «ya», «nadie», «nunca»."""
    line = message.core
    for side, answer in (("yes", True), ("no", False)):
        for phrase in words.get(f"{side}.whole"):
            tag = _TAG.search(phrase)
            if tag and not set(tag["tags"].split("|")) & asked.kinds:
                continue
            if re.fullmatch(phrase, line):
                return answer
    said = words.clauses(message.tokens)[0].split() if line else []
    if len(said) <= _SHORT and said[-1:] in (["si"], ["no"]) and not {"si", "no", "ni", "nunca"} & set(said[:-1]):
        return said[-1] == "si"
    return None


def _verb(asked: Asked, message: Message, words: Lexicon) -> tuple[bool, bool]:
    """Whether the verb of the question is denied somewhere in the reply, and whether it is affirmed somewhere."""
    negators, but = words.words("words.negators"), words.words("words.but")
    denied = affirmed = negative = False
    for position, token in enumerate(message.tokens):
        if token in but or token in (",", ".", ";", "!", "y"):
            negative = False
        elif token in negators and not _standing_no(message, position):
            negative = True
        elif token.isalpha() and words.concepts(token) & asked.verb:
            after = message.tokens[position + 1 : position + 3]
            if negative or (after and after[0] in ("nadie", "nada", "ninguno")):
                denied = True
            else:
                affirmed = True
        elif negative and token.isalpha() and words.concepts(token) & asked.others and "problema" not in token:
            denied = True
    return denied, affirmed


def _standing_no(message: Message, position: int) -> bool:
    """A «no» that answers by itself and denies nothing after it: «no, …», «no si me atendieron»."""
    following = message.tokens[position + 1 : position + 2]
    return message.tokens[position] == "no" and bool(following) and following[0] in (",", ".", "si")


@lru_cache(maxsize=4096)
def asked_about(question: str, words: Lexicon) -> Asked:
    """The verb of a yes/no question and the words after it, as concepts."""
    segment = question.split("¿")[-1] if "¿" in question else question
    asked = [word for word in tokens(fold(segment)) if word.isalpha()]
    kin = words.words("words.kin")
    kinds = {kind for kind, word in (("ya", "ya"), ("someone", "alguien"), ("ever", "alguna"), ("ever", "siempre")) if word in asked}
    kinds |= {"someone"} & ({"someone"} if {"anyone", "someone", "anybody"} & set(asked) else set())
    focus: list[str] = []
    for word in asked:
        if focus and word in _BREAKS:
            break
        if word not in _SUBJECT and word not in kin:
            focus.append(word)
        if len(focus) == _FOCUS:
            break
    verb = words.concepts(focus[0]) if focus else frozenset()
    others: frozenset[str] = frozenset().union(*(words.concepts(word) for word in focus[1:]))
    return Asked(verb, others, frozenset(kinds))
