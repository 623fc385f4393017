"""Trying a form: the whole conversation with no database, as a family would have it. Pure but for the clock given."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from bot.catalogue import Catalogue
from bot.conversation import Conversation
from bot.dialogues import complaint, person, survey, who
from bot.dialogues.machine import (
    Context,
    Effect,
    Event,
    FindInvitations,
    Found,
    Frame,
    Heard,
    OptIn,
    OptOut,
    RedeemCode,
    Redeemed,
    SaveAnswers,
    SpeakIn,
    Understood,
)
from bot.rendering import render
from bot.turn import BOGOTA, converse
from families import radicado
from messaging.address import Channel
from messaging.content import Content
from surveys import engine
from surveys.form import Form

RESPONSE = UUID(int=0)
SAMPLE_RADICADO = radicado.issue(radicado.FIRST_SERIAL)
"""What is answered to a complaint: nothing is filed when a form is tried."""


@dataclass(slots=True)
class Heeded:
    """What one message led to."""

    outcome: str
    question: str | None
    value: str | None
    said: Content


@dataclass(slots=True)
class Trial:
    """One conversation about one form. Its state passes through JSON at every turn, as the service's own does."""

    form: Form
    texts: Catalogue
    channel: Channel
    language: str
    now: datetime
    seed: int = 1
    preset: dict[str, str] = field(default_factory=dict)
    conversation: Conversation = field(default_factory=Conversation)
    answers: dict[str, str] = field(default_factory=dict)
    stopped: bool = False

    def begin(self) -> Heeded:
        """Open the form: what is said first."""
        opening = Frame(
            survey.NAME,
            {
                "at": "opening",
                "response": str(RESPONSE),
                "form": 0,
                "anonymous": False,
                "preset": self.preset,
                "seed": self.seed,
            },
        )
        self.conversation = Conversation((opening,))
        return self._take(Heard(""))

    def hear(self, text: str) -> Heeded:
        """Take one message."""
        return self._take(Heard(text))

    def tap(self, option: str) -> Heeded:
        """Take a tap on the button or list item with this id."""
        return self._take(Heard("", tapped=option))

    def send(self, heard: Heard) -> Heeded:
        """Take a message that is more than words: a place, a picture."""
        return self._take(heard)

    @property
    def finished(self) -> bool:
        """Whether the form is answered to its end."""
        return not any(frame.dialogue == survey.NAME for frame in self.conversation.stack)

    def restored(self) -> Conversation:
        """The conversation as it comes back from the database."""
        return Conversation.from_json(json.loads(json.dumps(self.conversation.to_json())))

    def _take(self, event: Event) -> Heeded:
        context = Context(
            now=self.now,
            zone=BOGOTA,
            channel=self.channel,
            language=survey.language_code(self.language),
            texts=self.texts,
            form=lambda version: self.form,
            stopped=self.stopped,
        )
        understood: list[Understood] = []

        def carry_out(effect: Effect) -> Event | None:
            match effect:
                case FindInvitations():
                    return Found(())
                case RedeemCode():
                    return Redeemed(None, "spent")
                case who.FindFamilies():
                    return who.Families(())
                case person.WriteLetter():
                    return person.Written(0, surveying=True)
                case complaint.FileComplaint():
                    return complaint.Filed(SAMPLE_RADICADO, self.now.date())
                case OptOut() | OptIn():
                    self.stopped = isinstance(effect, OptOut)
                case SpeakIn(language=language):
                    self.language = language
                case Understood():
                    understood.append(effect)
                case SaveAnswers(changes=changes):
                    self.answers |= {self._name(*answer.key): answer.value for answer in changes.saved}
                    for key in changes.withdrawn:
                        self.answers.pop(self._name(*key), None)
            return None

        self.conversation, said = converse(self.restored(), event, context, carry_out)
        outcome, value = _summary(understood)
        return Heeded(outcome, self._open_question(), value, render(said, self.channel))

    def _open_question(self) -> str | None:
        state = next((frame.state for frame in self.conversation.stack if frame.dialogue == survey.NAME), None)
        ask = engine.ask(self.form, engine.State.from_json(state["progress"])) if state else None
        return ask.name if ask else None

    @staticmethod
    def _name(question: str, instance: str) -> str:
        return f"{question}[{instance}]" if instance else question


def _summary(understood: list[Understood]) -> tuple[str, str | None]:
    """The outcome of a turn: that it finished the form counts most, else what came of the reply."""
    value = next((each.value for each in understood if each.value is not None), None)
    outcomes = [each.outcome for each in understood]
    if "finished" in outcomes:
        return "finished", value
    return (outcomes[0] if outcomes else "command"), value
