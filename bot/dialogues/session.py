"""A family answers for a session: it goes, it needs another day, or it cannot.

States: `asked` → `noting` → over, or `which` (several sessions, one cannot be kept) → `noting`, or `choosing` (one of
the gestor's open times) → `taking` → over, or `declined` (cannot; another day, perhaps?). From the menu: `looking` →
`asked`. A tap on an earlier message begins at `tapped`. Whatever was said of a session that has changed meanwhile is
answered with what holds now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Self

from babel.dates import format_datetime

from bot.catalogue import Catalogue
from bot.dialogues.choosing import chosen
from bot.dialogues.machine import (
    Answer,
    Context,
    Event,
    Frame,
    Heard,
    Option,
    Request,
    Say,
    State,
    Step,
    Understood,
)
from bot.dialogues.session_words import (
    Wish,
    asks_for_visit,
    changes_mind,
    read_wish,
    says_coming,
    speaks_of_visit,
)
from messaging.contact_hours import BOGOTA

NAME = "session"
ANSWERS = ("going", "other_day", "cannot")
NONE_FITS = "none"
SLOT = "slot"
MOST_SLOTS = 5
"""Times offered at once: with the last line they still fit two SMS."""


OPENING = Frame(NAME, {"at": "looking"})
"""The dialogue, from the menu or out of nothing."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A session as a family is told of it. `word` is how it is called: visit, appointment or meeting."""

    id: int
    starts_at: datetime
    place: str
    word: str
    gestor: str

    @classmethod
    def from_json(cls, data: Sequence[Any]) -> Self:
        id, starts_at, place, word, gestor = data
        return cls(id, datetime.fromisoformat(starts_at), place, word, gestor)

    def to_json(self) -> list[Any]:
        return [self.id, self.starts_at.isoformat(), self.place, self.word, self.gestor]

    def line(self, texts: Catalogue, language: str) -> str:
        """«Visita con Marta Díaz: martes 24 de noviembre, 9:00 am, en su casa»."""
        return texts.text(
            "session.line",
            language,
            word=texts.text(f"session.word.{self.word}", language),
            gestor=self.gestor,
            when=when(self.starts_at, texts, language),
            place=self.place or texts.text("session.home", language),
        )

    @property
    def day(self) -> date:
        return self.starts_at.astimezone(BOGOTA).date()


@dataclass(frozen=True, slots=True)
class Slot:
    """An open time of the gestor."""

    id: int
    starts_at: datetime

    @property
    def day(self) -> date:
        return self.starts_at.astimezone(BOGOTA).date()


@dataclass(frozen=True, slots=True)
class Look(Request):
    """What does the family have before it? Comes back as `Standing`."""

    family_id: int


@dataclass(frozen=True, slots=True)
class Note(Request):
    """Note what the family says of these sessions. Comes back as `Noted`, or as `Standing` if one has changed."""

    family_id: int
    sessions: tuple[int, ...]
    choice: str
    wished_on: date | None = None


@dataclass(frozen=True, slots=True)
class Take(Request):
    """Change a session to an open time. Comes back as `Taken`, as `Noted` with the times left, or as `Standing`."""

    family_id: int
    session: int
    slot: int


@dataclass(frozen=True, slots=True)
class Standing(Answer):
    """What the family has before it. `because` says why it is told: moved, cancelled, past; empty if it was asked."""

    family_id: int
    visits: tuple[Visit, ...]
    because: str = ""


@dataclass(frozen=True, slots=True)
class Noted(Answer):
    """What was said is noted. `slots` are the times that the gestor has open."""

    visits: tuple[Visit, ...]
    choice: str
    slots: tuple[Slot, ...] = ()
    gone: bool = False
    """The time that was chosen is no longer open."""


@dataclass(frozen=True, slots=True)
class Taken(Answer):
    """The session now stands at the time that was chosen."""

    visit: Visit


class Session:
    """«¿Puede ese día? 1 Voy 2 Otro día 3 No puedo»"""

    name = NAME
    needs_family = True
    states: ClassVar[Mapping[str, str]] = {
        "asked": "whether they go",
        "tapped": "a tap on an earlier message",
        "looking": "the sessions before the family",
        "noting": "what was said being noted",
        "which": "which of several sessions cannot be kept",
        "choosing": "one of the gestor's open times",
        "taking": "the time being taken",
        "declined": "whether another day would do",
    }

    def hear(self, state: State, event: Event, context: Context) -> Step:
        match event:
            case Standing():
                return _standing(state, event, context)
            case Noted():
                return _noted(state, event, context)
            case Taken(visit):
                return Step(None, (context.say("session.taken", visit=visit.line(context.texts, context.language)),))
            case Heard():
                return _heard(state, event, context)
            case _:
                return Step(None)

    def resume(self, state: State, context: Context) -> tuple[Say, ...]:
        return _question(state, context)

    def help(self, state: State, context: Context) -> tuple[Say, ...]:
        return (context.say("session.help"), *_question(state, context))


def opened_by(said: str, _context: Context) -> Frame | None:
    """The dialogue for somebody who asks for their next session."""
    return OPENING if asks_for_visit(said) else None


def changed_by(said: str, context: Context) -> Frame | None:
    """The dialogue for somebody who says, without having been asked, that they cannot come, or come after all."""
    if not changes_mind(said, context.today):
        return None
    return OPENING if speaks_of_visit(said) else Frame(NAME, {"at": "looking", "programmes": True})


def subject(family_id: int, session_ids: Sequence[int]) -> str:
    """What a message is about, as it stands in the ids of its options: the family and its sessions."""
    return "-".join(map(str, (family_id, *session_ids)))


def when(moment: datetime, texts: Catalogue, language: str, *, short: bool = False) -> str:
    """«martes 24 de noviembre, 9:00 am»; short: «mar 24 nov 9:00 am»."""
    pattern = texts.text("session.when.short" if short else "session.when", language)
    written = format_datetime(moment.astimezone(BOGOTA), pattern, locale="en" if language == "en" else "es_CO")
    # Unicode's narrow spaces are not of GSM-7: one would double the price of an SMS.
    plain = " ".join(written.replace("\u202f", " ").replace("\u00a0", " ").split())
    return plain.replace("a. m.", "am").replace("p. m.", "pm")


def _question(state: State, context: Context) -> tuple[Say, ...]:
    """What is asked where the dialogue stands."""
    match state["at"]:
        case "asked":
            return (Say(context.text("session.ask", visits=_lines(state, context)), _answers(state, context)),)
        case "which":
            return (Say(context.text("session.which"), _which(state, context)),)
        case "choosing":
            return (Say(context.text("session.choose"), _times(state, context)),)
        case "declined":
            return (Say(context.text("session.other_day"), _yes_or_no(state, context)),)
        case _:
            return ()


# --- what comes back from the records ----------------------------------------------------------------------------


def _standing(state: State, event: Standing, context: Context) -> Step:
    told = (context.say(f"session.changed.{event.because}"),) if event.because else ()
    if not event.visits and state.get("programmes"):
        # They did not say where it is that they cannot go.
        listing = Frame("referral_list", {"at": "looking", "family": event.family_id})
        return Step(None, (context.say("session.none"),), push=listing)
    if not event.visits:
        return Step(None, (*told, context.say("session.none")))
    asked = {
        "at": "asked",
        "family": event.family_id,
        "subject": subject(event.family_id, [visit.id for visit in event.visits]),
        "visits": [visit.to_json() for visit in event.visits],
    }
    return Step(asked, (*told, *_question(asked, context)))


def _noted(state: State, event: Noted, context: Context) -> Step:
    kept = {**state, "visits": [visit.to_json() for visit in event.visits], "slots": _slots_to_json(event.slots)}
    gone = (context.say("session.slot_gone"),) if event.gone else ()
    gestor = event.visits[0].gestor
    cannot = context.say("session.noted.cannot", gestor=gestor)
    match event.choice:
        case "going":
            lines = _lines(kept, context)
            return Step(None, (context.say("session.noted.going", visits=lines),))
        case "cannot" if event.slots:
            declined = {**kept, "at": "declined"}
            return Step(declined, (cannot, *_question(declined, context)))
        case "cannot":
            return Step(None, (cannot,))
        case _ if event.slots:
            choosing = {**kept, "at": "choosing"}
            return Step(choosing, (*gone, *_question(choosing, context)))
        case _:
            return Step(None, (*gone, context.say("session.gestor_told", gestor=gestor)))


# --- what the person says ----------------------------------------------------------------------------------------


def _heard(state: State, heard: Heard, context: Context) -> Step:
    tapped = _own_tap(state, heard)
    if tapped is not None and state["at"] != "asked":
        return _tapped({**state, "choice": tapped}, context)
    match state["at"]:
        case "looking":
            return Step(state, (Look(state["family"]),))
        case "tapped":
            return _tapped(state, context)
        case "asked":
            return _decide(state, heard, context)
        case "which":
            return _single_out(state, heard, context)
        case "choosing":
            return _choose(state, heard, context)
        case "declined":
            return _reconsider(state, heard, context)
        case _:
            return Step(None)


def _own_tap(state: State, heard: Heard) -> str | None:
    """What was tapped on any message about these sessions, the last one or one before."""
    choice = (heard.tapped or "").removeprefix(f"{NAME}:{state.get('subject')}:")
    known = choice in ANSWERS or choice.removeprefix(SLOT).isdecimal()
    return choice if choice != heard.tapped and known else None


def _tapped(state: State, context: Context) -> Step:
    """A tap on an earlier message: whichever it was, it says what it is about."""
    numbers = [int(number) for number in state["subject"].split("-") if number.isdecimal()]
    if len(numbers) < 2:
        return Step(None, (context.say("menu.not_understood"),))
    family_id, *sessions = numbers
    choice = state["choice"]
    known = {"family": family_id, "subject": state["subject"]}
    slot = choice.removeprefix(SLOT)
    if slot != choice and slot.isdecimal():
        return Step({**known, "at": "taking"}, (Take(family_id, sessions[0], int(slot)),))
    if choice in ANSWERS and (choice == "going" or len(sessions) == 1):
        return Step({**known, "at": "noting"}, (Note(family_id, tuple(sessions), choice),))
    return Step({**known, "at": "looking"}, (Look(family_id),))


def _decide(state: State, heard: Heard, context: Context) -> Step:
    options = _answers(state, context)
    choice = _plain(options, heard, context)
    wish = Wish(choice) if choice else read_wish(heard.text, context.today)
    visits = _visits(state)
    if wish is None:
        rejected = (Understood("rejected"), context.say("session.not_understood"))
        return Step(state, (*rejected, *_question(state, context)), passes=True)
    if wish.choice == "ask":
        return Step(state, _question(state, context))
    if wish.choice == "other_day" and wish.day is not None and [visit.day for visit in visits] == [wish.day]:
        wish = Wish("going")  # «puedo el jueves», and Thursday it is
    if wish.choice != "going" and len(visits) > 1:
        which = {**state, "at": "which", "choice": wish.choice, "day": _iso(wish.day)}
        return Step(which, _question(which, context))
    return _note(state, [visit.id for visit in visits], wish)


def _single_out(state: State, heard: Heard, context: Context) -> Step:
    number = chosen(_which(state, context), heard, context)
    if number is None:
        rejected = (Understood("rejected"), context.say("menu.not_understood"))
        return Step(state, (*rejected, *_question(state, context)), passes=True)
    return _note(state, [int(number)], Wish(state["choice"], _date(state["day"])))


def _choose(state: State, heard: Heard, context: Context) -> Step:
    slots = _slots(state)
    wish = read_wish(heard.text, context.today) if heard.tapped is None else None
    named = wish.day if wish is not None else None
    fitting = [slot for slot in slots if slot.day == named]
    if len(fitting) == 1:
        return _take(state, fitting[0].id)
    if named is not None and not fitting:  # «el jueves» may be that of the week after: it is asked again
        fitting = [slot for slot in slots if slot.day.weekday() == named.weekday()]
    if says_coming(heard.text):
        return _note(state, [visit.id for visit in _visits(state)], Wish("going"))
    picked = None if named else _plain(_times(state, context), heard, context)
    if picked == NONE_FITS or (picked is None and wish is not None and wish.choice == "cannot"):
        return Step(None, (context.say("session.gestor_told", gestor=_visits(state)[0].gestor),))
    if picked is not None:
        return _take(state, int(picked.removeprefix(SLOT)))
    narrowed = {**state, "slots": _slots_to_json(fitting)} if fitting else state
    key = "session.choose.day" if fitting else "session.choose.not_open" if named else "menu.not_understood"
    told = (Understood("rejected"), context.say(key))
    return Step(narrowed, (*told, *_question(narrowed, context)), passes=wish is None)


def _reconsider(state: State, heard: Heard, context: Context) -> Step:
    choice = _plain(_yes_or_no(state, context), heard, context)
    wish = None if choice else read_wish(heard.text, context.today)
    if says_coming(heard.text):
        return _note(state, [visit.id for visit in _visits(state)], Wish("going"))
    if choice == "yes" or (wish is not None and wish.choice == "other_day"):
        return _note(state, [visit.id for visit in _visits(state)], Wish("other_day", wish.day if wish else None))
    if choice == "no" or (wish is not None and wish.choice == "cannot"):
        return Step(None, (context.say("session.noted.rest", gestor=_visits(state)[0].gestor),))
    rejected = (Understood("rejected"), context.say("menu.not_understood"))
    return Step(state, (*rejected, *_question(state, context)), passes=True)


def _note(state: State, sessions: Sequence[int], wish: Wish) -> Step:
    request = Note(state["family"], tuple(sessions), wish.choice, wish.day)
    return Step({**state, "at": "noting"}, (request,))


def _take(state: State, slot_id: int) -> Step:
    (visit,) = _visits(state)
    return Step({**state, "at": "taking"}, (Take(state["family"], visit.id, slot_id),))


def _plain(options: Sequence[Option], heard: Heard, context: Context) -> str | None:
    """The last part of the id of the option that was tapped, or written by its number or its words."""
    if heard.tapped is None and not _short(heard.text, options):
        return None
    found = chosen(options, heard, context)
    return found.rpartition(":")[2] if found else None


def _short(text: str, options: Sequence[Option]) -> bool:
    """Whether a text may be one of the options: a number, or no longer than they are."""
    return len(text.split()) <= max(len(option.title.split()) for option in options) + 1


# --- options and what the state holds -----------------------------------------------------------------------------


def _options(state: State, choices: Sequence[tuple[str, str]]) -> tuple[Option, ...]:
    return tuple(Option(f"{NAME}:{state['subject']}:{choice}", title) for choice, title in choices)


def _answers(state: State, context: Context) -> tuple[Option, ...]:
    return _options(state, [(choice, context.text(f"session.option.{choice}")) for choice in ANSWERS])


def _which(state: State, context: Context) -> tuple[Option, ...]:
    return tuple(
        Option(str(visit.id), when(visit.starts_at, context.texts, context.language, short=True))
        for visit in _visits(state)
    )


def _times(state: State, context: Context) -> tuple[Option, ...]:
    times = [
        (f"{SLOT}{slot.id}", when(slot.starts_at, context.texts, context.language, short=True))
        for slot in _slots(state)
    ]
    return _options(state, [*times, (NONE_FITS, context.text("session.option.none"))])


def _yes_or_no(state: State, context: Context) -> tuple[Option, ...]:
    return _options(state, [("yes", context.text("session.option.yes")), ("no", context.text("session.option.no"))])


def _lines(state: State, context: Context) -> str:
    return "\n".join(visit.line(context.texts, context.language) for visit in _visits(state))


def _visits(state: State) -> list[Visit]:
    return [Visit.from_json(data) for data in state["visits"]]


def _slots(state: State) -> list[Slot]:
    return [Slot(id, datetime.fromisoformat(starts_at)) for id, starts_at in state["slots"]]


def _slots_to_json(slots: Sequence[Slot]) -> list[Any]:
    return [[slot.id, slot.starts_at.isoformat()] for slot in slots[:MOST_SLOTS]]


def _iso(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _date(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
