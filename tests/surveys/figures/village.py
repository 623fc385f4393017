"""Small countries whose every answer is known, and what is published of them: for tests that play the attacker."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from surveys.disclosure import PublicCard
from surveys.figures import Actor, Cells, Measure, Participation, ReportCard, Sums, figure
from surveys.suppression import DEPARTMENT, DISSENT, MUNICIPALITY

ACTOR = "sena"
GRADE = Measure("nota_programa", "grade", "scale")
MARKS = (1, 2, 3, 4, 5)
ZONES = ("urban", "rural")
UNKNOWN = ""
"""The zone of who answered by a printed code: no stratum that is published."""

Cell = tuple[str, str, int]
"""Municipality, zone, mark."""


@dataclass(frozen=True)
class Country:
    """How many gave each mark in each zone of each municipality."""

    answers: Mapping[Cell, int]

    @property
    def municipalities(self) -> list[str]:
        """The codes of those that have an answer."""
        return [code for code in self.territories if len(code) == MUNICIPALITY]

    @property
    def territories(self) -> list[str]:
        """All codes that have an answer: the country, departments, municipalities."""
        there = {place for (place, _, _), n in self.answers.items() if n}
        return sorted({place[:length] for place in there for length in (0, DEPARTMENT, MUNICIPALITY)})

    def marks(self, codes: Collection[str] = ("",), zone: str = "") -> Counter[int]:
        """How many gave each mark in these territories, in one zone or in all."""
        found: Counter[int] = Counter()
        for (municipality, where, mark), n in self.answers.items():
            if municipality.startswith(tuple(codes)) and zone in ("", where):
                found[mark] += n
        return found

    def card(self, territory: str = "", zone: str = "") -> ReportCard:
        """The operator's card of a territory."""
        figures = {GRADE.indicator: figure(GRADE, sums(self.marks({territory}, zone)))}
        return ReportCard(1, territory, (Actor(ACTOR, figures),), Participation())

    @property
    def cards(self) -> Mapping[str, ReportCard]:
        return {territory: self.card(territory) for territory in self.territories}


def sums(marks: Mapping[int, int]) -> Mapping[str, Sums]:
    """Sums of marks that all weigh the same."""
    return {str(mark): Sums(n, n, n, 0) for mark, n in marks.items() if n}


def cells(marks: Mapping[int, int]) -> Cells:
    """The same as the sums of the one figure there is."""
    return {(ACTOR, GRADE.question): sums(marks)}


@dataclass(frozen=True)
class Published:
    """Everything that anybody can read of a country at once."""

    cards: Mapping[str, PublicCard]
    zones: Mapping[str, PublicCard]
    dissent: int = DISSENT
    """The fewest satisfied, and the fewest others, behind a figure that is shown whole: a rule anybody may know."""
