"""What staff see of a wave under way: successive looks, and the publication after them, give nobody away."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

import pytest

from surveys import disclosure, steps
from surveys.disclosure import PublicFigure
from surveys.figures import Cells, Measure, Sums
from surveys.steps import Department, Municipality
from surveys.suppression import DISSENT, MINIMUM
from tests.surveys.figures.attacker import Attacker, gives_away
from tests.surveys.figures.village import ACTOR, GRADE, MARKS, UNKNOWN, Cell, Country, cells

KNOWN = {GRADE.question: GRADE}
KEY = (ACTOR, GRADE.question)
PLACES = ("05001", "05002", "05003", "11001", "11002")


@dataclass
class Watcher:
    """Staff who look after every answer and keep everything they have seen."""

    towns: dict[str, Municipality] = field(default_factory=lambda: {place: Municipality() for place in PLACES})
    departments: dict[str, Department] = field(default_factory=lambda: {"05": Department(), "11": Department()})
    seen: list[tuple[Mapping[str, int], str, PublicFigure]] = field(default_factory=list)
    """How much of each municipality is in what was seen, of which territory, and the figure."""
    answers: dict[str, Counter[int]] = field(default_factory=lambda: {place: Counter() for place in PLACES})

    def hear(self, place: str, mark: int) -> None:
        """One more answer comes in, and everything moves as far as it may."""
        self.answers[place][mark] += 1
        self.towns[place] = steps.advance(cells(self.answers[place]), self.towns[place], KNOWN, MINIMUM)
        for code, before in self.departments.items():
            inside = [town.shown for name, town in self.towns.items() if name.startswith(code)]
            self.departments[code] = steps.total(inside, before, KNOWN, MINIMUM)
        self.look()

    def look(self) -> None:
        """Note what is shown now, if it is new."""
        shown = {
            **{place: town.shown for place, town in self.towns.items()},
            **{code: department.shown for code, department in self.departments.items()},
        }
        for code, now in shown.items():
            figure = steps.actors(now, KNOWN, MINIMUM).get(ACTOR, {}).get("grade")
            size = number(now)
            if figure and not any(one[1] == code and sum(one[0].values()) == size for one in self.seen):
                within = {code: size} if code in self.towns else self.parts(code)
                self.seen.append((within, code, figure))

    def parts(self, code: str) -> Mapping[str, int]:
        return {place: number(town.shown) for place, town in self.towns.items() if place.startswith(code)}


def number(shown: Cells) -> int:
    return sum(sums.n for sums in shown.get(KEY, {}).values())


def stream(random: Random) -> list[tuple[str, int]]:
    """Answers in the order in which they come; places differ in how many there are and how satisfied they are."""
    mood = {place: random.choice([0.0, 0.2, 0.5, 0.8, 1.0]) for place in PLACES}
    size = {place: random.choice([0, 5, 12, 25, 45, 70]) for place in PLACES}
    waiting = [place for place, n in size.items() for _ in range(n)]
    random.shuffle(waiting)
    return [(place, random.choice([4, 5] if random.random() < mood[place] else [1, 2, 3])) for place in waiting]


@pytest.mark.parametrize("seed", range(6))
def test_successive_looks_and_the_publication_give_nobody_away(seed: int) -> None:
    """Unknown are the marks of those who answered between two steps of a municipality: each such group is attacked."""
    watcher, came = Watcher(), stream(Random(seed))
    for place, mark in came:
        watcher.hear(place, mark)
    cuts = {place: sorted({0, *(w[place] for w, _, _ in watcher.seen if place in w)}) for place in PLACES}
    groups = intervals(came, cuts)
    attacker = Attacker(groups)
    for within, code, figure in watcher.seen:
        truth = Counter[int]()
        chosen = {key for key in groups if key[0].startswith(code) and int(key[1]) < within.get(key[0], 0)}
        for key in chosen:
            truth[key[2]] += groups[key]
        attacker.learn(chosen.__contains__, figure, truth if code in PLACES else None)
    country = Country({(place, UNKNOWN, mark): watcher.answers[place][mark] for place in PLACES for mark in MARKS})
    for code, card in disclosure.public_table(country.cards).items():
        attacker.learn(lambda cell, code=code: cell[0].startswith(code), card.figure(ACTOR, "grade"))  # type: ignore[misc]
    for place, start in {(place, start) for place, start, _ in groups}:
        truth = Counter({mark: groups[place, start, mark] for mark in MARKS})
        told = gives_away(attacker, lambda cell, at=(place, start): cell[:2] == at, truth, 0)  # type: ignore[misc]
        assert not told, (place, start, truth, told)


def intervals(came: list[tuple[str, int]], cuts: Mapping[str, list[int]]) -> dict[Cell, int]:
    """How many gave each mark between two cuts of a municipality; the part is named by its first answer."""
    found: dict[Cell, int] = {}
    for place in PLACES:
        marks = [mark for where, mark in came if where == place]
        for start, end in pairwise([*cuts[place], max(len(marks), cuts[place][-1])]):
            if end > start:
                found |= {(place, str(start), mark): marks[start:end].count(mark) for mark in MARKS}
    return found


def test_a_step_stands_on_ten_who_are_of_more_than_one_mind() -> None:
    town = Municipality()
    sizes = []
    for n in range(1, 61):
        marks = Counter({5: n - n // 10, 1: n // 10})
        town = steps.advance(cells(marks), town, KNOWN, MINIMUM)
        sizes.append(number(town.shown))
    assert set(sizes[:19]) == {0}
    assert all(later == earlier or later - earlier >= steps.STEP for earlier, later in pairwise(sizes))
    assert sizes[-1] <= 50, "a step behind what is known"


def test_a_gestor_has_no_live_figure() -> None:
    town = Municipality()
    for n in (20, 40, 60):
        marks = cells(Counter({5: n // 2, 1: n // 2}))
        town = steps.advance({("gestor", GRADE.question): marks[KEY]}, town, KNOWN, MINIMUM)
    assert town.shown == {}


@pytest.mark.parametrize(
    ("calm", "shown"),
    [
        pytest.param(1, False, id="nearly all met a problem: how many of them answer would tell who did not"),
        pytest.param(3, True, id="enough of two minds"),
    ],
)
def test_what_is_asked_after_an_answer_waits_until_that_is_shown_whole(calm: int, shown: bool) -> None:
    problem = Measure("problema", "problem", "yes_no")
    solved = Measure("resuelto", "solved", "yes_no", after=("problem",))
    town = Municipality()
    for n in (1, 2, 3, 4):
        now = {
            (ACTOR, "problema"): {"si": Sums(15 * n, 15 * n, 15 * n), "no": Sums(calm * n, calm * n, calm * n)},
            (ACTOR, "resuelto"): {"si": Sums(8 * n, 8 * n, 8 * n), "no": Sums(7 * n, 7 * n, 7 * n)},
        }
        if calm < DISSENT:
            now[ACTOR, "problema"]["no"] = Sums(calm, calm, calm)
        town = steps.advance(now, town, {"problema": problem, "resuelto": solved}, MINIMUM)
    assert (ACTOR, "problema") in town.shown
    assert ((ACTOR, "resuelto") in town.shown) is shown


def test_figures_that_follow_every_answer_would_give_people_away() -> None:
    """The same attacker, where a figure is shown as it is at every look: the twenty-first answer is plain to see."""
    before, after = Counter({1: 6, 3: 4, 5: 10}), Counter({1: 6, 3: 4, 5: 11})
    between = after - before
    groups = {
        **{("05001", "first", mark): before[mark] for mark in MARKS},
        **{("05001", "then", mark): between[mark] for mark in MARKS},
    }
    attacker = Attacker(groups)
    for within, marks in ((("first",), before), (("first", "then"), after)):
        figure = steps.actors(cells(marks), KNOWN, MINIMUM)[ACTOR]["grade"]
        attacker.learn(lambda cell, within=within: cell[1] in within, figure, marks)  # type: ignore[misc]
    assert gives_away(attacker, lambda cell: cell[1] == "then", between, 0) == "there are fewer than 10"
