"""An attacker who has everything that was published finds no small group and nobody's answer."""

from collections.abc import Callable, Collection, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surveys import disclosure
from surveys.disclosure import PublicCard
from surveys.figures import ReportCard
from surveys.suppression import MINIMUM, Showing
from tests.surveys.figures.attacker import Attacker, gives_away
from tests.surveys.figures.village import ACTOR, MARKS, UNKNOWN, ZONES, Cell, Country, Published

Publisher = Callable[[Mapping[str, ReportCard]], Mapping[str, PublicCard]]


def careful(country: Country) -> Published:
    """What the service publishes."""
    cards = disclosure.public_table(country.cards)
    parts = {f"zone:{zone}": country.card(zone=zone) for zone in ZONES}
    return Published(cards, disclosure.public_strata(country.card(), cards[""], parts))


def naive(country: Country) -> Published:
    """What is published where only the minimum is kept, figure by figure, as many report cards do it."""

    def show(card: ReportCard) -> PublicCard:
        figures = {
            name: disclosure.public_figure(found, Showing.WHOLE if found.n >= MINIMUM else Showing.WITHHELD)
            for name, found in card.rows[0].figures.items()
        }
        return PublicCard(1, card.territory, {ACTOR: figures})

    return Published(
        {code: show(card) for code, card in country.cards.items()},
        {f"zone:{zone}": show(country.card(zone=zone)) for zone in ZONES},
        dissent=0,
    )


def exposed(country: Country, published: Published) -> list[str]:
    """Everything that the attacker finds out: about territories, what is withheld in them, and zones of places.

    Of territories the attacker is told the exact numbers of respondents and, where a figure is whole, of satisfied
    ones: rounding is not what protects.
    """
    attacker = Attacker(country.answers, published.dissent)
    for code, card in published.cards.items():
        attacker.learn(belongs({code}), card.figure(ACTOR, "grade"), country.marks({code}))
    for zone in ZONES:
        figure = published.zones[f"zone:{zone}"].figure(ACTOR, "grade")
        attacker.learn(belongs({""}, zone), figure)
    withheld = {code for code in country.municipalities if not published.cards[code].figure(ACTOR, "grade")}
    groups = {
        **{code or "country": ({code}, "") for code in country.territories},
        **{
            f"withheld in {code or 'country'}": ({each for each in withheld if each.startswith(code)}, "")
            for code in country.territories
        },
        **{f"{code} {zone}": ({code}, zone) for code in country.municipalities for zone in ZONES},
    }
    found = []
    for name, (codes, zone) in groups.items():
        truth = country.marks(codes, zone)
        insiders = 1 if truth.total() >= MINIMUM else 0
        if told := gives_away(attacker, belongs(codes, zone), truth, insiders):
            found.append(f"{name}: {told}")
    return found


def belongs(codes: Collection[str], zone: str = "") -> Callable[[Cell], bool]:
    """Whether a cell lies in these territories and in this zone."""
    return lambda cell: cell[0].startswith(tuple(codes)) and zone in ("", cell[1])


PLACES = ("05001", "05002", "05003", "11001", "70001", "70002", "70003")

few = st.sampled_from([0, 0, 0, 1, 1, 2, 3, 5, 8, 13])
countries = st.lists(few, min_size=len(PLACES) * 15, max_size=len(PLACES) * 15).map(
    lambda drawn: Country(
        dict(
            zip(
                [(place, zone, mark) for place in PLACES for zone in (*ZONES, UNKNOWN) for mark in MARKS],
                drawn,
                strict=True,
            )
        )
    )
)
"""Seven municipalities in three departments, one alone in its own; many cells are empty, some places answer as one."""


@settings(deadline=None, max_examples=10, suppress_health_check=list(HealthCheck))
@given(countries)
def test_nothing_that_is_published_gives_anybody_away(country: Country) -> None:
    if country.territories:
        assert exposed(country, careful(country)) == []


def country(**marks: tuple[int, int, int, int, int]) -> Country:
    """A country of urban municipalities, by code, with the number of each mark from 1 to 5."""
    answers: dict[Cell, int] = {}
    for code, counts in marks.items():
        for mark, n in zip(MARKS, counts, strict=True):
            answers[code.removeprefix("m"), "urban", mark] = n
            answers[code.removeprefix("m"), "rural", mark] = n
    return Country(answers)


TELLING = [
    pytest.param(
        country(m05001=(2, 2, 2, 4, 5), m05002=(1, 3, 2, 2, 4), m05003=(0, 0, 0, 0, 1)),
        "05003: there are fewer than 10",
        id="what a total leaves over",
    ),
    pytest.param(
        country(m05001=(2, 2, 2, 4, 5), m05002=(0, 0, 0, 2, 6)), "05002: everybody is satisfied", id="all of one mind"
    ),
    pytest.param(
        country(m05001=(2, 2, 2, 4, 5), m05002=(0, 0, 0, 1, 2), m05003=(0, 0, 0, 2, 1)),
        "withheld in 05: everybody is satisfied",
        id="two small ones of one mind",
    ),
]


@pytest.mark.parametrize(("made", "finding"), TELLING)
def test_without_complementary_suppression_the_attacker_finds_people(made: Country, finding: str) -> None:
    assert finding in exposed(made, naive(made))


@pytest.mark.parametrize(("made", "finding"), TELLING)
def test_with_it_the_same_places_are_safe(made: Country, finding: str) -> None:
    assert finding
    assert exposed(made, careful(made)) == []
