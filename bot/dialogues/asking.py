"""How one question of a form is put to a person, and how their reply to it is read. Pure."""

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import count

from bot.dialogues import long_lists
from bot.dialogues.machine import Context, Heard, Option, Prompt, Say
from bot.dialogues.own_numbers import in_their_places, own_numbers, without
from bot.dialogues.speaking import in_language, spoken
from messaging.address import Channel
from surveys import engine
from surveys.engine import Ask, Offered
from surveys.form import Form
from surveys.reading import Choice, Expected, Kind, Reading, bounds, read

BARE_NUMBER = re.compile(r"\W*(\d{1,4})\W*")
PROGRESS_FROM = 6
"""Questionnaires shorter than this need no «(3 de 8)»."""
CANDIDATES_MAX = 3
MEDIA = frozenset({"image", "audio", "video", "file"})
OPEN = frozenset({"text", "barcode"})
"""Types that take any words, so that a packed reply cannot be told from an answer."""
SEVERAL = frozenset({"select_multiple", "rank"})
"""Types that want more than one choice, which no button or list can give."""
RANGE = (("start", "1"), ("end", "10"), ("step", "1"))
REASONS = {
    "integer": "integer",
    "decimal": "decimal",
    "date": "date",
    "dateTime": "date",
    "time": "time",
    "geopoint": "geopoint",
    **dict.fromkeys(MEDIA, "media"),
}


def current(form: Form, progress: engine.State, context: Context) -> Ask | None:
    """What is asked now, in the person's language; None at the end."""
    ask = engine.ask(form, progress)
    return ask and in_language(ask, context)


def question(ask: Ask, page: int, context: Context) -> Prompt:
    """The question with its options; of a long list only one page."""
    whole = prompt(ask, context)
    return long_lists.page(whole, page, context) if long_lists.is_long(ask) else whole


def prompt(ask: Ask, context: Context) -> Prompt:
    """The question with all its options."""
    counted = ask.kind == "question" and ask.total >= PROGRESS_FROM
    return Prompt(
        ask.text,
        _options(ask, context),
        progress=context.text("survey.progress", at=ask.position, total=ask.total) if counted else "",
        tip=_tip(ask, context),
        tappable=type_of(ask) not in SEVERAL,
    )


def _options(ask: Ask, context: Context) -> tuple[Option, ...]:
    if ask.kind == "repeat":
        return yes_no(ask.path, context)
    if type_of(ask) == "acknowledge":
        return (Option(f"{ask.path}=OK", context.text("survey.acknowledge")),)
    return tuple(Option(f"{ask.path}={choice.name}", choice.label, number) for number, choice in numbered_choices(ask))


def _tip(ask: Ask, context: Context) -> str:
    """How to answer, where the question does not tell."""
    match type_of(ask):
        case "select_multiple":
            return context.text("survey.tip.several")
        case "rank":
            return context.text("survey.tip.rank")
        case "range":
            start, end, _ = _range(ask)
            return context.text("survey.tip.range", start=start, end=end)
        case "geopoint" if context.channel is Channel.WHATSAPP:
            return context.text("survey.tip.geopoint")
        case kind if kind in MEDIA and context.channel is Channel.SMS:
            return context.text("survey.reason.media.sms")
    return ""


def choices(ask: Ask) -> tuple[Choice, ...]:
    """The question's choices as the reader wants them."""
    if own_numbers(ask.choices):
        return tuple(Choice(choice.name, (without(choice.label),)) for choice in in_their_places(ask.choices))
    return tuple(Choice(choice.name, (choice.label,)) for choice in ask.choices)


def numbered_choices(ask: Ask) -> list[tuple[int, Offered]]:
    """The choices with the numbers that people answer with: their own, or else their places."""
    return list(zip(own_numbers(ask.choices) or count(1), ask.choices, strict=False))


def type_of(ask: Ask) -> str:
    """The XLSForm type of what is asked."""
    return "repeat" if ask.kind == "repeat" else ask.question.type


def read_reply(ask: Ask, heard: Heard, context: Context) -> Reading:
    """What the person answered to this question: tapped, sent as a place or a file, or written."""
    if heard.tapped is not None:
        return _read_tap(ask, heard.tapped)
    if ask.kind == "repeat":
        return _read_yes_no(heard.text, context)
    if type_of(ask) == "geopoint" and heard.location is not None:
        latitude, longitude = heard.location
        return Reading(Kind.VALUE, f"{latitude} {longitude} 0 0", confidence=1.0, reason="location")
    if type_of(ask) in MEDIA:
        return _read_media(heard, context)
    if own_numbers(ask.choices) and (typed := BARE_NUMBER.fullmatch(heard.text)):
        return _read_own_number(ask, int(typed[1]))
    return _read(expected(ask, context), heard.text, context.today, context.language)


def _read_tap(ask: Ask, tapped: str) -> Reading:
    """A tap answers the question it belonged to; its words are never read as an answer to another."""
    if path_of(tapped) != ask.path:
        return Reading(Kind.REJECT, reason="another_tap")
    return Reading(Kind.VALUE, tapped.partition("=")[2], confidence=1.0, reason="tapped")


def _read_own_number(ask: Ask, typed: int) -> Reading:
    named = next((choice.name for number, choice in numbered_choices(ask) if number == typed), None)
    if named is None:
        return Reading(Kind.REJECT, reason="no_such_option")
    return Reading(Kind.VALUE, named, confidence=1.0, reason="own_number")


@lru_cache(maxsize=32)
def _read(expected: Expected, text: str, today: date, language: str) -> Reading:
    """Who listens for commands and who listens for answers read the same reply in one turn: read it once."""
    return read(expected, text, today=today, language=language)


def _read_media(heard: Heard, context: Context) -> Reading:
    """A file; in words only a command or «no sé», «no quiero»."""
    if heard.media:
        return Reading(Kind.VALUE, heard.media[0], confidence=1.0, reason="media")
    said = _read(Expected("geopoint"), heard.text, context.today, context.language)
    return said if said.kind in (Kind.COMMAND, Kind.DONTKNOW) else Reading(Kind.REJECT, reason="no_media")


def expected(ask: Ask, context: Context) -> Expected:
    """What the reader must know of the question."""
    question, kind = ask.question, type_of(ask)
    if kind == "range":
        start, end, step = _range(ask)
        return Expected(kind, ask.text, minimum=min(start, end), maximum=max(start, end), step=step)
    minimum = maximum = None
    if question.constraint is not None:
        minimum, maximum = bounds(question.constraint.source, whole=kind == "integer", today=context.today)
    return Expected(kind, ask.text, choices(ask), minimum, maximum)


def _range(ask: Ask) -> list[Decimal]:
    """Start, end and step of a range."""
    return [Decimal(ask.question.parameters.get(key, default)) for key, default in RANGE]


def path_of(tapped: str | None) -> str | None:
    """The question that a tapped option belonged to; None for anything else."""
    return tapped.partition("=")[0] if tapped and tapped.startswith("/") else None


def packable(ask: Ask) -> bool:
    """Whether a word of a packed reply can answer this question."""
    return ask.kind == "question" and type_of(ask) not in OPEN and type_of(ask) not in MEDIA


def misunderstood(ask: Ask, misses: int, context: Context) -> Say:
    """What to say after so many replies in a row that were not understood."""
    if misses > 2:
        return context.say("survey.misunderstood.3.required" if ask.required else "survey.misunderstood.3")
    if misses == 1 or type_of(ask) in MEDIA:
        return context.say("survey.misunderstood.1")
    return context.say("survey.misunderstood.2" if _options(ask, context) else "survey.misunderstood.2.open")


def reason(ask: Ask, reading: Reading, context: Context) -> Say | None:
    """What kind of answer is wanted, where that helps."""
    kind = type_of(ask)
    if reading.reason == "half_grade":
        return context.say("survey.reason.half_grade")
    if kind == "range":
        start, end, _ = _range(ask)
        return context.say("survey.reason.range", start=start, end=end)
    if kind in MEDIA and context.channel is Channel.SMS:
        return context.say("survey.reason.media.sms")
    return context.say(f"survey.reason.{REASONS[kind]}") if kind in REASONS else None


def between(ask: Ask, reading: Reading, context: Context) -> Say | None:
    """«¿4 Bueno o 5 Muy bueno?», when the reader hesitates between a few choices only."""
    candidates = {f"{ask.path}={name}" for name in reading.candidates}
    offered = enumerate(_options(ask, context), start=1)
    named = [option.numbered(place) for place, option in offered if option.id in candidates]
    if type_of(ask) != "select_one" or not 2 <= len(named) <= CANDIDATES_MAX:
        return None
    return context.say("survey.between", first=", ".join(named[:-1]), last=named[-1])


def yes_no(prefix: str, context: Context) -> tuple[Option, ...]:
    """Sí and No. The prefix says what was asked."""
    return tuple(Option(f"{prefix}={answer}", context.text(f"survey.confirm.{answer}")) for answer in ("yes", "no"))


def is_it_so(ask: Ask, value: str, context: Context) -> Say:
    """«Le entendí: 4. ¿Es así?»"""
    text = context.text("survey.confirm", reading=spoken(ask, value, context).removesuffix("."))
    return Say(text, yes_no(confirmation(ask), context))


def confirmation(ask: Ask) -> str:
    """The prefix of «Le entendí: 4. ¿Es así?»."""
    return f"confirm:{ask.path}"


def said_yes(ask: Ask, heard: Heard, context: Context) -> bool | None:
    """Whether the person said yes or no to «¿Es así?»; None if neither."""
    if heard.tapped is not None:
        return {f"{confirmation(ask)}=yes": True, f"{confirmation(ask)}=no": False}.get(heard.tapped)
    reading = _read_yes_no(heard.text, context)
    return reading.value == "yes" if reading.kind is Kind.VALUE else None


def _read_yes_no(text: str, context: Context) -> Reading:
    answers = tuple(Choice(answer, (context.text(f"survey.confirm.{answer}"),)) for answer in ("yes", "no"))
    return _read(Expected("select_one", choices=answers), text, context.today, context.language)
