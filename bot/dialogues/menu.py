"""The menu: what a person finds when nothing else is under way.

States: `looking` (what is open to them?) → `choosing` → over, or a dialogue on top. What does not fit on a small
screen stands behind one more entry, `more`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from bot.dialogues import person, rights, who
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
SHOWN = 6
"""Entries that are shown at once, so that the menu stays within two SMS."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to choose, by the text `menu.option.<id>`: it opens a dialogue, or just says a text.

    `for_families` is what only a person whose phone belongs to a family finds; `further` what stands behind «more»
    where there are many.
    """

    id: str
    opens: Frame | None = None
    says: str = ""
    for_families: bool = False
    further: bool = False


ENTRIES: tuple[Entry, ...] = (
    Entry("libreta", opens=Frame("offer", {"at": "looking"})),
    Entry("progress", opens=Frame("progress", {"at": "looking"}), for_families=True),
    Entry("session", opens=Frame("session", {"at": "looking"}), for_families=True),
    Entry("referrals", opens=Frame("referral_list", {"at": "looking"}), for_families=True),
    Entry("complaint", opens=Frame("complaint", {"at": "opening"})),
    Entry("person", opens=person.opening()),
    Entry("about", says="menu.about", further=True),
    Entry("code", says="code.how", further=True),
    Entry("language", opens=Frame("language", {"at": "opening"}), further=True),
    Entry("rights", opens=rights.opening(), further=True),
)
MORE = "more"
RESUME = "resume"


def opening(*, running: bool) -> Frame:
    """The menu, on top of a survey that is `running` or not."""
    return Frame(NAME, {"at": "looking", "libreta": False, "running": running})


def shown(*, libreta: bool, family: bool) -> Frame:
    """The menu for somebody of whom it is known whether a questionnaire is open and whether they are of a family."""
    return Frame(NAME, {"at": "choosing", "libreta": libreta, "family": family})


class Menu:
    """Offers what one can do here."""

    name = NAME
    needs_family = False
    states: ClassVar[Mapping[str, str]] = {
        "looking": "what is open to the person",
        "choosing": "one of the entries",
    }

    def hear(self, state: State, event: Event, context: Context) -> Step:
        match event:
            case Found(doubtful=True):
                return Step(None, push=who.asking(Frame(NAME, {**state, "at": "looking"})))
            case Found(invitations, family):
                return self._show({**state, "libreta": bool(invitations), "family": family}, context)
            case Heard() if state["at"] == "looking":
                return Step(state, (FindInvitations(state.get("speaker")),))
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
            case None if state.get("missed") and heard.text.strip():
                # What cannot be made out twice is for a person.
                return Step(None, (Understood("rejected"),), push=person.misunderstood(heard.text, context))
            case None:
                rejected = (Understood("rejected"), context.say("menu.not_understood"))
                return Step({**state, "missed": True}, (*rejected, *self.resume(state, context)))
            case "resume":
                return Step(None)
            case "more":
                return self._show({**state, "more": True}, context)
            case id:
                entry = next(entry for entry in ENTRIES if entry.id == id)
                return Step(None, (context.say(entry.says),) if entry.says else (), push=entry.opens)


def _options(state: State, context: Context) -> tuple[Option, ...]:
    entries = [entry for entry in ENTRIES if _open(entry, state)]
    first = [RESUME] if state.get("running") else []
    if len(first) + len(entries) <= SHOWN:
        ids = [*first, *(entry.id for entry in entries)]
    elif state.get("more"):
        ids = [entry.id for entry in entries if entry.further]
    else:
        ids = [*first, *(entry.id for entry in entries if not entry.further), MORE]
    return tuple(Option(id, context.text(f"menu.option.{id}")) for id in ids)


def _open(entry: Entry, state: State) -> bool:
    if entry.id == "libreta":
        return bool(state["libreta"]) and not state.get("running")
    return not entry.for_families or bool(state.get("family"))
