"""Choosing the language one is answered in.

States: `opening` → `choosing` → over; whoever names a language has chosen it.
"""

from collections.abc import Mapping
from typing import ClassVar

from bot.dialogues.choosing import chosen
from bot.dialogues.machine import Context, Event, Heard, Option, Say, SpeakIn, State, Step

NAME = "language"


class Language:
    """Asks for a language, and speaks it from then on."""

    name = NAME
    needs_family = False
    states: ClassVar[Mapping[str, str]] = {
        "opening": "being opened",
        "choosing": "one of the languages",
    }

    def hear(self, state: State, event: Event, context: Context) -> Step:
        if not isinstance(event, Heard):
            return Step(None)
        language = chosen(_options(context), event, context)
        if language is None and state["at"] == "opening":
            return Step({"at": "choosing"}, self.resume(state, context))
        if language is None:
            return Step(state, (context.say("menu.not_understood"), *self.resume(state, context)))
        return Step(None, (SpeakIn(language), Say(context.texts.text("language.done", language))))

    def resume(self, state: State, context: Context) -> tuple[Say, ...]:
        return (Say(context.text("language.ask"), _options(context)),)

    def help(self, state: State, context: Context) -> tuple[Say, ...]:
        return self.resume(state, context)


def _options(context: Context) -> tuple[Option, ...]:
    """Each language by its own name, as its speakers call it."""
    return tuple(
        Option(language, context.texts.text("language.name", language)) for language in context.texts.languages
    )
