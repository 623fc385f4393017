"""What a person says to a message of the coordination: it is passed on to the coordination, whose words it answers.

States: `listening` → over. A greeting or thanks tell nothing that must be passed on; an answer to a survey that was
under way stays one.
"""

from collections.abc import Mapping
from typing import ClassVar

from bot.dialogues import person
from bot.dialogues.machine import Context, Event, Frame, Heard, Say, State, Step, Understood
from surveys.reading import Expected, Kind, read

NAME = "reply"
OPENING = Frame(NAME, {"at": "listening"})


class Reply:
    """«Gracias por contarnos.»"""

    name = NAME
    needs_family = False
    states: ClassVar[Mapping[str, str]] = {"listening": "what the person says to a message of the coordination"}

    def hear(self, state: State, event: Event, context: Context) -> Step:
        if not isinstance(event, Heard):
            return Step(state)
        reading = read(Expected("text"), event.text, today=context.today, language=context.language)
        if reading.kind is Kind.VALUE:
            return Step(None, push=person.opening(event.text, reserved=True), passes=True)
        if reading.reason == "greeting_only":
            return Step(None, (Understood("accepted"), context.say("reply.thanks")), passes=True)
        return Step(None, push=Frame("offer", {"at": "looking", "else_menu": True}), passes=True)

    def resume(self, state: State, context: Context) -> tuple[Say, ...]:
        return ()

    def help(self, state: State, context: Context) -> tuple[Say, ...]:
        return (context.say("help.general"),)
