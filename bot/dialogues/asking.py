"""How one question of a form is put to a person, and how their reply to it is read. Pure."""

from datetime import date
from decimal import Decimal
from functools import lru_cache

from bot.dialogues.machine import Context, Heard, Option, Say
from messaging.address import Channel
from messaging.encoding import fold_for_sms, segments
from surveys.engine import Ask
from surveys.reading import Choice, Expected, Kind, Reading, bounds, read, read_command
from surveys.reading.text import fold

PAGE = 8
"""Choices shown at once when there are more than `LIST`: a screen of an old phone, two SMS."""
LIST = 10
PROGRESS_FROM = 6
"""Questionnaires shorter than this need no «(3 de 8)»."""
CANDIDATES_MAX = 3
MORE = frozenset({"mas", "ver mas", "siguientes", "more"})
MEDIA = frozenset({"image", "audio", "video", "file"})
OPEN = frozenset({"text", "barcode"})
"""Types that take any words, so that a packed reply cannot be told from an answer."""
RANGE = (("start", "1"), ("end", "10"), ("step", "1"))
REASONS = {
    "integer": "integer",
    "range": "integer",
    "decimal": "decimal",
    "date": "date",
    "dateTime": "date",
    "time": "time",
    "geopoint": "geopoint",
    **dict.fromkeys(MEDIA, "media"),
}


def question(ask: Ask, page: int, context: Context) -> Say:
    """The question with its options; of a long list only one page."""
    text = _with_progress(ask, context)
    options = tuple(Option(f"{ask.path}={choice.name}", choice.label) for choice in ask.choices)
    if ask.kind == "repeat":
        return Say(text, yes_no(context))
    if type_of(ask) == "select_multiple":
        text = f"{text}\n{context.text('survey.choices.several')}"
    if len(options) <= LIST:
        return Say(text, options)
    start = page * PAGE % (-(-len(options) // PAGE) * PAGE)
    shown = options[start : start + PAGE]
    lines = [f"{number} {option.title}" for number, option in enumerate(shown, start=start + 1)]
    more = context.text("survey.choices.more", shown=start + len(shown), total=len(options))
    return Say("\n".join([text, *lines, more]))


def _with_progress(ask: Ask, context: Context) -> str:
    """«(3 de 8) ¿…?» in longer questionnaires, unless that alone would start another SMS."""
    if ask.total < PROGRESS_FROM:
        return ask.text
    text = f"{context.text('survey.progress', at=ask.position, total=ask.total)} {ask.text}"
    if context.channel is Channel.SMS:
        rest = "".join(f"\n{number} {choice.label}" for number, choice in enumerate(ask.choices, start=1))
        with_it, without = (segments(fold_for_sms(each + rest)).count for each in (text, ask.text))
        return text if with_it == without else ask.text
    return text


def choices(ask: Ask) -> tuple[Choice, ...]:
    """The question's choices as the reader wants them."""
    return tuple(Choice(choice.name, (choice.label,)) for choice in ask.choices)


def type_of(ask: Ask) -> str:
    """The XLSForm type of what is asked."""
    return "repeat" if ask.kind == "repeat" else ask.question.type


def read_reply(ask: Ask, heard: Heard, context: Context) -> Reading:
    """What the person answered to this question: tapped, sent as a place or a file, or written."""
    if path_of(heard.tapped) == ask.path:
        return Reading(Kind.VALUE, str(heard.tapped).rpartition("=")[2], confidence=1.0, reason="tapped")
    if ask.kind == "repeat":
        return _read_yes_no(heard, context)
    if type_of(ask) == "geopoint" and heard.location is not None:
        latitude, longitude = heard.location
        return Reading(Kind.VALUE, f"{latitude} {longitude} 0 0", confidence=1.0, reason="location")
    if type_of(ask) in MEDIA:
        return _read_media(heard, context)
    return _read(expected(ask, context), heard.text, context.today, context.language)


@lru_cache(maxsize=32)
def _read(expected: Expected, text: str, today: date, language: str) -> Reading:
    """Who listens for commands and who listens for answers read the same reply in one turn: read it once."""
    return read(expected, text, today=today, language=language)


def _read_media(heard: Heard, context: Context) -> Reading:
    if heard.media:
        return Reading(Kind.VALUE, heard.media[0], confidence=1.0, reason="media")
    command = read_command(heard.text, language=context.language)
    kind = Kind.REJECT if command is None else Kind.COMMAND
    return Reading(kind, reason="no_media", command=command)


def expected(ask: Ask, context: Context) -> Expected:
    """What the reader must know of the question."""
    question, kind = ask.question, type_of(ask)
    parameters = question.parameters
    if kind == "range":
        start, end, step = (Decimal(parameters.get(key, default)) for key, default in RANGE)
        return Expected(kind, ask.text, minimum=min(start, end), maximum=max(start, end), step=step)
    minimum = maximum = None
    if question.constraint is not None:
        minimum, maximum = bounds(question.constraint.source, whole=kind == "integer", today=context.today)
    return Expected(kind, ask.text, choices(ask), minimum, maximum)


def path_of(tapped: str | None) -> str | None:
    """The question that a tapped option belonged to; None for anything else."""
    return tapped.rpartition("=")[0] or None if tapped and tapped.startswith("/") else None


def packable(ask: Ask) -> bool:
    """Whether a word of a packed reply can answer this question."""
    return ask.kind == "question" and type_of(ask) not in OPEN and type_of(ask) not in MEDIA


def spoken(ask: Ask, value: str) -> str:
    """A value as a person says it: labels for choices, a comma in decimals."""
    labels = {choice.name: choice.label for choice in ask.choices}
    if labels:
        return ", ".join(labels.get(name, name) for name in value.split())
    return value.replace(".", ",") if type_of(ask) == "decimal" else value


def is_more(text: str, ask: Ask) -> bool:
    """Whether the person wants to see the next page of a long list."""
    return len(ask.choices) > LIST and fold(text).strip(" .!") in MORE


def misunderstood(ask: Ask, misses: int) -> str:
    """The key of what to say after so many replies in a row that were not understood."""
    if misses == 1:
        return "survey.misunderstood.1"
    if misses > 2:
        return "survey.misunderstood.3"
    return "survey.misunderstood.2" if ask.choices else "survey.misunderstood.2.open"


def reason(ask: Ask, reading: Reading) -> str | None:
    """The key of a text that says what kind of answer is wanted, if there is one."""
    if reading.reason == "half_grade":
        return "survey.reason.half_grade"
    return f"survey.reason.{REASONS[type_of(ask)]}" if type_of(ask) in REASONS else None


def between(ask: Ask, reading: Reading, context: Context) -> Say | None:
    """«¿4 Bueno o 5 Muy bueno?», when the reader hesitates between a few choices only."""
    named = [
        f"{number} {choice.label}"
        for number, choice in enumerate(ask.choices, start=1)
        if choice.name in reading.candidates
    ]
    if type_of(ask) != "select_one" or not 2 <= len(named) <= CANDIDATES_MAX:
        return None
    return context.say("survey.between", first=", ".join(named[:-1]), last=named[-1])


def yes_no(context: Context) -> tuple[Option, ...]:
    """Sí and No."""
    return (
        Option("yes", context.text("survey.confirm.yes")),
        Option("no", context.text("survey.confirm.no")),
    )


def said_yes(heard: Heard, context: Context) -> bool | None:
    """Whether the person said yes or no; None if neither."""
    reading = _read_yes_no(heard, context)
    return reading.value == "yes" if reading.kind is Kind.VALUE else None


def _read_yes_no(heard: Heard, context: Context) -> Reading:
    options = yes_no(context)
    if heard.tapped in {"yes", "no"}:
        return Reading(Kind.VALUE, heard.tapped, confidence=1.0, reason="tapped")
    answers = tuple(Choice(option.id, (option.title,)) for option in options)
    return _read(Expected("select_one", choices=answers), heard.text, context.today, context.language)
