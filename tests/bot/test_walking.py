"""Every dialogue is walked from its beginnings: no dead end, nothing unreachable, an answer to whatever comes."""

from pathlib import Path

import pytest

from admin.commands import dialogues
from bot.catalogue import Catalogue
from bot.conversation import DIALOGUES
from bot.dialogues.machine import Context, Event, Heard, Option, Say, State, Step
from bot.spot_check import WORKBOOK
from bot.walking import Script, walk
from bot.walking_scripts import SCRIPTS, context
from surveys.compile import compile_form

DRAWN = Path(__file__).parents[2] / "docs" / "dialogues"


@pytest.fixture(scope="module")
def around() -> Context:
    form = compile_form(WORKBOOK.read_bytes()).form
    assert form is not None
    return context(Catalogue.read(), form)


@pytest.mark.parametrize("name", sorted(DIALOGUES))
def test_no_dead_end_no_state_out_of_reach_and_an_answer_to_everything(name: str, around: Context) -> None:
    assert walk(DIALOGUES[name], SCRIPTS[name], around).problems == []


def test_the_drawings_are_of_what_the_dialogues_do_today() -> None:
    """Draw them again with `flask --app wsgi dialogues draw --write docs/dialogues`."""
    kept = {path.name: path.read_text("utf-8") for path in DRAWN.glob("*.md")}
    assert kept == dialogues.pages()


class Faulty:
    """A dialogue with everything wrong that can be."""

    name = "language"  # so that the conversation knows it
    needs_family = False

    def __init__(self) -> None:
        self.states = {"opening": "a word", "trap": "nothing that ever comes", "island": "what nobody leads to"}

    def hear(self, state: State, event: Event, context: Context) -> Step:
        match event:
            case Heard(tapped="in"):
                return Step({"at": "trap"}, self.resume(state, context))
            case Heard(tapped="out"):
                return Step({"at": "nowhere"})
            case Heard() if state["at"] == "opening":
                return Step(state, self.resume(state, context))
        return Step(state)

    def resume(self, state: State, context: Context) -> tuple[Say, ...]:
        return (Say("¿Sí?", (Option("in", "Entrar"), Option("out", "Salir de aquí"))),)

    def help(self, state: State, context: Context) -> tuple[Say, ...]:
        return ()


def test_a_walk_finds_what_is_wrong(around: Context) -> None:
    problems = walk(Faulty(), Script(({"at": "opening"},)), around).problems
    assert {
        "language.nowhere is not declared",
        "language.island is never reached",
        "language.trap leads nowhere",
    } <= set(problems)
    assert "language.trap does not answer nonsense" in problems
