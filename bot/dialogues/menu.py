"""The menu: what a person finds when nothing else is under way.

States: `looking` (which questionnaires are open to them?) → `choosing` → over, or a dialogue on top.
"""

from bot.dialogues.choosing import chosen
from bot.dialogues.machine import (
    Context,
    Event,
    FindInvitations,
    Found,
    Frame,
    Heard,
    Option,
    Say,
    State,
    Step,
    Understood,
)

NAME = "menu"


def opening(*, running: bool) -> Frame:
    """The menu, on top of a survey that is `running` or not."""
    return Frame(NAME, {"at": "looking", "libreta": False, "running": running})


class Menu:
    """Offers what one can do here."""

    name = NAME

    def hear(self, state: State, event: Event, context: Context) -> Step:
        match event:
            case Found(invitations):
                return self._show({**state, "libreta": bool(invitations)}, context)
            case Heard() if state["at"] == "looking":
                return Step(state, (FindInvitations(),))
            case Heard(text="", tapped=None):
                return self._show(state, context)
            case Heard():
                return self._choose(state, event, context)
            case _:
                return Step(None)

    def resume(self, state: State, context: Context) -> tuple[Say, ...]:
        return (Say(context.text("menu.ask"), _options(state, context)),)

    def help(self, state: State, context: Context) -> tuple[Say, ...]:
        return (context.say("help.general"),)

    def _show(self, state: State, context: Context) -> Step:
        choosing = {**state, "at": "choosing"}
        return Step(choosing, self.resume(choosing, context))

    def _choose(self, state: State, heard: Heard, context: Context) -> Step:
        match chosen(_options(state, context), heard, context):
            case "resume":
                return Step(None)
            case "libreta":
                return Step(None, push=Frame("offer", {"at": "looking"}))
            case "about":
                return Step(None, (context.say("menu.about"),))
            case "code":
                return Step(None, (context.say("code.how"),))
            case "language":
                return Step(None, push=Frame("language", {"at": "opening"}))
            case _:
                return Step(
                    state,
                    (
                        Understood("rejected"),
                        context.say("menu.not_understood"),
                        *self.resume(state, context),
                    ),
                )


def _options(state: State, context: Context) -> tuple[Option, ...]:
    first = ["resume"] if state.get("running") else ["libreta"] if state["libreta"] else []
    return tuple(Option(id, context.text(f"menu.option.{id}")) for id in (*first, "about", "code", "language"))
