"""An attacker who puts questions and strata together, choices, and who took part, finds nobody's answer."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surveys import disclosure
from surveys.disclosure import Percent, PublicCard
from surveys.figures import Actor, Measure, Participation, ReportCard, Sums, figure
from surveys.suppression import MINIMUM
from tests.surveys.figures.attacker import Attacker, Cell, unmasked

ACTOR = "sena"
PLACES = ("05001", "05002", "05003", "11001", "70001", "70002")
ZONES = ("urban", "rural")
GRADES = ("2", "5")
UNTOUCHED, SOLVED, UNSOLVED = "no", "solved", "unsolved"
"""What became of a person's problem: none was had, or it was solved, or not."""
REASONS = ("demora", "cupo", "demora cupo")
"""What the problem was: one choice, the other, or both."""
TOOK_PART, SILENT, UNREACHABLE = "took part", "silent", "unreachable"

GRADE = Measure("nota_programa", "grade", "scale")
PROBLEM = Measure("problema", "problem", "yes_no")
SOLUTION = Measure("resuelto", "solved", "yes_no", after=("problem",))
REASON = Measure("cual", "reason", "choices")

Person = tuple[str, str, str, str]
"""Municipality, zone, grade, what became of a problem."""


@dataclass(frozen=True)
class Town:
    """How many people there are of each kind, over all municipalities; `weight` is what each counts for."""

    people: Mapping[Person, int]
    solution: Measure = SOLUTION

    @property
    def territories(self) -> list[str]:
        there = {person[0] for person, n in self.people.items() if n}
        return sorted({place[:length] for place in there for length in (0, 2, 5)})

    def card(self, territory: str = "", zone: str = "", trouble: Collection[str] = ()) -> ReportCard:
        """The operator's card of a territory, or of a part of it."""
        grades, problems, solutions = Counter[str](), Counter[str](), Counter[str]()
        for (place, where, grade, became), n in self.people.items():
            if place.startswith(territory) and zone in ("", where) and (not trouble or became in trouble):
                grades[grade] += n
                problems["no" if became == UNTOUCHED else "si"] += n
                if became != UNTOUCHED:
                    solutions["si" if became == SOLVED else "no"] += n
        asked = ((GRADE, grades), (PROBLEM, problems), (self.solution, solutions))
        figures = {one.indicator: figure(one, sums(counts)) for one, counts in asked if counts.total()}
        return ReportCard(1, territory, (Actor(ACTOR, figures),), Participation())


def sums(counts: Mapping[str, int]) -> Mapping[str, Sums]:
    return {choice: Sums(n, n, n, 0) for choice, n in counts.items() if n}


@dataclass(frozen=True)
class Published:
    """Cards by territory, and by stratum of the whole country."""

    cards: Mapping[str, PublicCard]
    strata: Mapping[str, PublicCard]


def published(town: Town) -> Published:
    """What the service publishes: all territories, zones, and grades by whether a problem was met."""
    cards = disclosure.public_table({code: town.card(code) for code in town.territories})
    zones = {f"zone:{zone}": town.card(zone=zone) for zone in ZONES}
    trouble = {"problem:si": town.card(trouble=(SOLVED, UNSOLVED)), "problem:no": town.card(trouble=(UNTOUCHED,))}
    only_grades = {name: _only_grade(card) for name, card in trouble.items()}
    strata = dict(disclosure.public_strata(town.card(), cards[""], zones))
    return Published(cards, strata | dict(disclosure.public_strata(town.card(), cards[""], only_grades)))


def _only_grade(card: ReportCard) -> ReportCard:
    grade = card.figure(ACTOR, "grade")
    return replace(card, rows=(Actor(ACTOR, {"grade": grade} if grade else {}),))


def had_problem(one: Cell) -> bool:
    return bool(one[3] != UNTOUCHED)


QUESTIONS: Mapping[str, tuple[Callable[[Cell], bool], Callable[[Cell], bool]]] = {
    "grade": (lambda one: True, lambda one: one[2] == "5"),
    "problem": (lambda one: True, had_problem),
    "solved": (had_problem, lambda one: one[3] == SOLVED),
}
"""Who is asked a question, and who answers it with yes (or with a good grade)."""


def exposed(town: Town, found: Published) -> list[str]:
    """What the attacker finds out. Everybody answers what they are asked, and the attacker knows it.

    How many answered somewhere is no secret, participation is published: the secret is what they answered.
    """
    attacker = Attacker(town.people)

    def count(within: Callable[[Cell], bool]) -> int:
        return sum(n for person, n in town.people.items() if within(person))

    for code, card in found.cards.items():
        for name, (asked, said) in QUESTIONS.items():
            wanted = "5" if name == "grade" else "si"
            here = inside({code}, asked)
            attacker.learn_answers(here, answering(said, wanted), card.figure(ACTOR, name), yes=wanted)
    for stratum, card in found.strata.items():
        axis, _, value = stratum.partition(":")
        belongs: Callable[[Cell], bool] = lambda one: (  # noqa: E731
            one[1] == value if axis == "zone" else had_problem(one) is (value == "si")  # noqa: B023
        )
        for name, (asked, said) in QUESTIONS.items():
            part = both(belongs, asked)
            wanted = "5" if name == "grade" else "si"
            attacker.learn_answers(part, answering(said, wanted), card.figure(ACTOR, name), yes=wanted)
    places = [code for code in town.territories if len(code) == 5]
    findings = []
    for name, (asked, said) in QUESTIONS.items():
        withheld = {code for code in places if not found.cards[code].figure(ACTOR, name)}
        groups = {code: {code} for code in places} | {
            f"withheld in {code}": {each for each in withheld if each.startswith(code)} for code in ("", "05", "70")
        }
        for group, codes in groups.items():
            within = inside(codes, asked)
            n, yes = count(within), count(lambda one: within(one) and said(one))  # noqa: B023
            insiders = 1 if n >= MINIMUM else 0
            if told_of := unmasked(attacker, within, said, (yes, n - yes), insiders, number=False):
                findings.append(f"{name} {group}: {told_of}")
    return findings


def inside(codes: Collection[str], asked: Callable[[Cell], bool]) -> Callable[[Cell], bool]:
    return lambda one: one[0].startswith(tuple(codes)) and asked(one)


def both(one: Callable[[Cell], bool], other: Callable[[Cell], bool]) -> Callable[[Cell], bool]:
    return lambda cell: one(cell) and other(cell)


def answering(said: Callable[[Cell], bool], yes: str) -> Callable[[Cell, str], bool]:
    return lambda one, choice: said(one) is (choice == yes)


KINDS = [
    (place, zone, grade, became)
    for place in PLACES
    for zone in ZONES
    for grade in GRADES
    for became in (UNTOUCHED, SOLVED, UNSOLVED)
]
few = st.sampled_from([0, 0, 0, 0, 1, 2, 4, 9])
towns = st.lists(few, min_size=len(KINDS), max_size=len(KINDS)).map(
    lambda drawn: Town(dict(zip(KINDS, drawn, strict=True)))
)


@settings(deadline=None, max_examples=10, suppress_health_check=list(HealthCheck))
@given(towns)
def test_questions_and_strata_together_give_nobody_away(town: Town) -> None:
    if town.territories:
        assert exposed(town, published(town)) == []


def pattern(town: Town) -> Mapping[str, Mapping[str, str]]:
    """Which figures are named on each card, and how much is told of them."""
    return {
        code: {
            name: "withheld" if one is None else "bounded" if one.bounded else "whole"
            for name, one in card.actors[ACTOR].items()
        }
        for code, card in published(town).cards.items()
    }


@pytest.mark.parametrize(
    ("solution", "same"),
    [
        pytest.param(SOLUTION, True, id="shown only where the problems are"),
        pytest.param(replace(SOLUTION, after=()), False, id="judged by itself, it tells"),
    ],
)
def test_what_was_asked_of_those_with_a_problem_does_not_tell_whether_there_was_one(
    solution: Measure, same: bool
) -> None:
    """In 05003 nobody met a problem, or one of forty did: that nearly nobody did is all that is said of it."""
    others = {
        (place, "urban", grade, became): 6
        for place in ("05001", "05002")
        for grade in GRADES
        for became in (UNTOUCHED, SOLVED, UNSOLVED)
    }
    calm = {("05003", "urban", "2", UNTOUCHED): 20, ("05003", "urban", "5", UNTOUCHED): 20}
    nobody = Town(others | calm, solution)
    one = Town(others | calm | {("05003", "urban", "2", UNTOUCHED): 19, ("05003", "urban", "2", SOLVED): 1}, solution)
    assert pattern(nobody)["05003"]["problem"] == "bounded"
    assert (pattern(nobody) == pattern(one)) is same


@pytest.mark.parametrize("weight", [1, 50])
def test_the_weight_of_the_one_who_stands_apart_does_not_show(weight: int) -> None:
    counts = {"si": Sums(39, 39, 39, 0), "no": Sums(1, weight, weight**2, 0)}
    card = ReportCard(1, "", (Actor(ACTOR, {"problem": figure(PROBLEM, counts)}),), Participation())
    shown = disclosure.public_table({"": card})[""].figure(ACTOR, "problem")
    assert shown is not None
    assert (shown.bounded, shown.share) == (True, Percent(90, "≥"))


def drawn(kinds: Collection[str]) -> st.SearchStrategy[Mapping[Cell, int]]:
    """So many people of each kind in each municipality."""
    cells = [(place, kind) for place in PLACES for kind in kinds]
    sizes = st.lists(st.sampled_from([0, 0, 1, 2, 5, 12, 40]), min_size=len(cells), max_size=len(cells))
    return sizes.map(lambda numbers: dict(zip(cells, numbers, strict=True)))


def tally(people: Mapping[Cell, int], territory: str) -> Counter[str]:
    found = Counter[str]()
    for (place, kind), n in people.items():
        found[kind] += n if place.startswith(territory) else 0
    return found


def territories(people: Mapping[Cell, int]) -> list[str]:
    return sorted({cell[0][:length] for cell, n in people.items() if n for length in (0, 2, 5)})


def found_out(
    attacker: Attacker, people: Mapping[Cell, int], withheld: Collection[str], gave: Callable[[Cell], bool]
) -> list[str]:
    """What follows of an answer in every municipality, and in those together of which nothing is shown."""
    groups = [{code} for code in territories(people) if len(code) == 5]
    findings = []
    for codes in [*groups, set(withheld)]:
        within = inside(codes, lambda one: True)
        yes, no = (
            sum(n for one, n in people.items() if codes and within(one) and gave(one) is wanted)
            for wanted in (True, False)
        )
        if codes and (told := unmasked(attacker, within, gave, (yes, no), 1 if yes + no >= MINIMUM else 0)):
            findings.append(f"{sorted(codes)}: {told}")
    return findings


@settings(deadline=None, max_examples=10, suppress_health_check=list(HealthCheck))
@given(drawn(REASONS))
def test_choices_of_several_give_nobody_away(people: Mapping[Cell, int]) -> None:
    cards = {}
    for code in territories(people):
        counts = tally(people, code)
        given_by = {choice: sum(n for kind, n in counts.items() if choice in kind.split()) for choice in REASONS[:2]}
        asked = {**sums(given_by), "": Sums(counts.total(), counts.total(), counts.total(), 0)}
        cards[code] = ReportCard(1, code, (Actor(ACTOR, {"reason": figure(REASON, asked)}),), Participation())
    attacker = Attacker(people)
    found = disclosure.public_table(cards)
    for code, card in found.items():
        attacker.learn_answers(
            inside({code}, lambda one: True), lambda one, choice: choice in one[1].split(), card.figure(ACTOR, "reason")
        )
    withheld = [code for code in found if len(code) == 5 and not found[code].figure(ACTOR, "reason")]
    for choice in REASONS[:2]:
        assert found_out(attacker, people, withheld, lambda one: choice in one[1].split()) == []  # noqa: B023


@settings(deadline=None, max_examples=10, suppress_health_check=list(HealthCheck))
@given(drawn((TOOK_PART, SILENT, UNREACHABLE)))
def test_who_took_part_cannot_be_told_from_how_many_did(people: Mapping[Cell, int]) -> None:
    cards = {}
    for code in territories(people):
        n = tally(people, code)
        asked = Participation(invited=n.total(), unreachable=n[UNREACHABLE], started=n[TOOK_PART])
        cards[code] = ReportCard(1, code, (), asked)
    attacker = Attacker(people)
    found = disclosure.public_table(cards)
    for code, card in found.items():
        here = inside({code}, lambda one: True)
        for number, within in (
            (card.invited, here),
            (card.started, inside({code}, lambda one: one[1] == TOOK_PART)),
            (card.unreachable, inside({code}, lambda one: one[1] == UNREACHABLE)),
        ):
            if number is not None:
                attacker.know(within, number - 2, number + 2)
        if card.response_rate is not None:
            attacker.learn_share(inside({code}, lambda one: one[1] == TOOK_PART), here, card.response_rate)
    withheld = [code for code in found if len(code) == 5 and found[code].invited is None]
    assert found_out(attacker, people, withheld, lambda one: bool(one[1] == TOOK_PART)) == []
