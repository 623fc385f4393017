"""What a dialogue is made of: what it hears, what it says, and what it wants done.

A dialogue is an explicit state machine and pure: `hear(state, event, context)` returns a `Step`, and nothing else
happens. State is plain JSON. Effects are named here and carried out in one place, `bot/effects.py`; an effect
that asks something of the database comes back to the dialogue as an event of its own.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

from bot.catalogue import Catalogue
from messaging.address import Channel
from surveys.answers import Changes
from surveys.form import Form
from surveys.reading import Command

State: TypeAlias = Mapping[str, Any]


# --- what a dialogue hears ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of the person. `tapped` is the id of a button or list item, if they tapped instead of writing."""

    text: str
    tapped: str | None = None
    location: tuple[float, float] | None = None
    media: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Invitation:
    """A questionnaire that this person may answer. `questions` is about how many they will be asked."""

    id: int
    wave_id: int
    form_version_id: int
    anonymous: bool
    preset: Mapping[str, str] = field(default_factory=dict)
    label: str = ""
    """For which family it is, on a phone of several; `family` is its id."""
    family: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to `FindInvitations`: what is open to this person, oldest first, and whether they are of a family."""

    invitations: tuple[Invitation, ...]
    family: bool = False
    doubtful: bool = False
    """After so long a silence that somebody else may have the phone: nothing is offered."""


@dataclass(frozen=True, slots=True)
class Redeemed:
    """The answer to `RedeemCode`: the response that the code opens, or None with the reason why it opens nothing."""

    invitation: Invitation | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Begun:
    """The answer to `BeginResponse`: the response that was opened; None if somebody has answered meanwhile."""

    invitation: Invitation
    response_id: UUID | None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Ended:
    """The answer to an effect on a response that has ended meanwhile: its wave was closed, or time ran out."""

    response_id: UUID


class Answer:
    """What a feature's own `Request` comes back with; each feature derives its own."""

    __slots__ = ()


Event: TypeAlias = Heard | Found | Redeemed | Begun | Ended | Answer


# --- what a dialogue wants done ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a prompt. `id` comes back when it is tapped; its number when it is written.

    `number` is that of the whole list where only some of it is shown, or the title's own; None stands for its place.
    """

    id: str
    title: str
    number: int | None = None

    def numbered(self, place: int) -> str:
        """«2 No». A title that starts with its number («5 Muy bueno») is not numbered twice."""
        number = place if self.number is None else self.number
        titled = re.match(rf"{number}(?=$|[.):]?\s|\s*[-–=:]\s)", self.title)
        return self.title if titled else f"{number} {self.title}"


@dataclass(frozen=True, slots=True)
class Say:
    """Say `text`, with `options` numbered below it or shown as buttons. One turn says all in one message."""

    text: str
    options: tuple[Option, ...] = ()
    media: str | None = None


@dataclass(frozen=True, slots=True)
class Prompt(Say):
    """Ask a question of a form.

    `progress` («(3 de 8)») and `tip` are left out where they alone would start another SMS. `more` stands below the
    options. Not `tappable` is what wants more than one tap.
    """

    progress: str = ""
    tip: str = ""
    more: str = ""
    tappable: bool = True


@dataclass(frozen=True, slots=True)
class NoticeGiven:
    """The person has been told who asks, what for and how to leave (Ley 1581 of 2012, article 12)."""


@dataclass(frozen=True, slots=True)
class OptOut:
    """The person wants no more messages."""

    word: str


@dataclass(frozen=True, slots=True)
class OptIn:
    """The person wants messages again."""

    word: str


@dataclass(frozen=True, slots=True)
class SpeakIn:
    """From now on the person is answered in `language`."""

    language: str


@dataclass(frozen=True, slots=True)
class FindInvitations:
    """Which questionnaires may this person answer? Comes back as `Found`, those of the family `speaker` first."""

    speaker: int | None = None


@dataclass(frozen=True, slots=True)
class RedeemCode:
    """What does this one-time code open? Comes back as `Redeemed`."""

    code: str


@dataclass(frozen=True, slots=True)
class BeginResponse:
    """Open a response to `invitation`. Comes back as `Begun`."""

    invitation: Invitation


@dataclass(frozen=True, slots=True)
class SaveAnswers:
    """Store what changed in a response's answers."""

    response_id: UUID
    changes: Changes


@dataclass(frozen=True, slots=True)
class FinishResponse:
    """The response is over. If its wave is anonymous nothing links it to the person from here on."""

    response_id: UUID
    complete: bool


class Request:
    """What a feature wants of the records; each derives its own, and `bot/handlers/` carries it out.

    It comes back as an `Answer` if it asks something.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class SpeaksFor:
    """From now on, and for this conversation, the person speaks for this family."""

    family_id: int


@dataclass(frozen=True, slots=True)
class StartAfresh:
    """Whoever writes is not who we talked with: all that was under way is left, and who it was is forgotten."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing is said this time: what was written has arrived, and that was told already."""


@dataclass(frozen=True, slots=True)
class Understood:
    """How a message was taken, for trying a form and for measuring the reader: nothing is done about it.

    `outcome` is one of started, accepted, rejected, confirm, dontknow, command, finished.
    """

    outcome: str
    question: str | None = None
    value: str | None = None


Effect: TypeAlias = (
    Say
    | NoticeGiven
    | OptOut
    | OptIn
    | SpeakIn
    | FindInvitations
    | RedeemCode
    | BeginResponse
    | SaveAnswers
    | FinishResponse
    | SpeaksFor
    | StartAfresh
    | Request
    | Silence
    | Understood
)


@dataclass(frozen=True, slots=True)
class Frame:
    """A dialogue under way: which, and its state."""

    dialogue: str
    state: State


@dataclass(frozen=True, slots=True)
class Step:
    """What follows from an event: the next state (None: it is over), effects, and a dialogue to put on top.

    `command` is what the person asked of the conversation as a whole rather than of this dialogue. What a dialogue
    `passes` on it did not understand: if another may, this one is left and that one hears it; if none may, the step
    holds. What a survey takes in doubt it passes on too. `returns` is what the person wrote that turned out to be no
    matter of this dialogue: where the survey below asks for words, it is the answer.
    """

    state: State | None
    effects: tuple[Effect, ...] = ()
    push: Frame | None = None
    command: Command | None = None
    passes: bool = False
    returns: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What a dialogue may know besides its own state."""

    now: datetime
    zone: ZoneInfo
    channel: Channel
    language: str
    texts: Catalogue
    form: Callable[[int], Form]
    file: Callable[[int, str], str | None] = lambda _version, _name: None
    """The address of a file of a form version by its name, where WhatsApp can fetch it."""
    notice_given: bool = True
    stopped: bool = False
    reported: Callable[[str, bool], tuple[str, ...]] = lambda _text, _asked: ()
    """The codes of the achievements that a text may report; see `bot.matching.achievements.reported`."""
    public_url: str = ""
    """Where what we offer to fetch is to be had."""

    @property
    def today(self) -> date:
        """The date where the families are."""
        return self.now.astimezone(self.zone).date()

    def text(self, key: str, **values: object) -> str:
        """A text of the catalogue in the person's language."""
        return self.texts.text(key, self.language, **values)

    def say(self, key: str, **values: object) -> Say:
        """Say a text of the catalogue."""
        return Say(self.text(key, **values))


class Dialogue(Protocol):
    """One kind of exchange. Implementations hold no state of their own."""

    @property
    def name(self) -> str:
        """By which frames name it."""
        ...

    @property
    def states(self) -> Mapping[str, str]:
        """Its states by their names, `state["at"]`, and what each waits for."""
        ...

    @property
    def needs_family(self) -> bool:
        """Whether it is about one family: then its state always has `family`, the id, from the first event on."""
        ...

    def hear(self, state: State, event: Event, context: Context) -> Step:
        """Take in an event."""
        ...

    def resume(self, state: State, context: Context) -> tuple[Say, ...]:
        """Say again where it stands, after a dialogue on top of it has ended or the person asks."""
        ...

    def help(self, state: State, context: Context) -> tuple[Say, ...]:
        """Help with what is being asked now."""
        ...
