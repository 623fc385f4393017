"""What the families are told of the grades they gave."""

import pytest

from bot import results
from bot.campaigns import wording_rules
from bot.catalogue import Catalogue
from surveys.disclosure import Percent, PublicCard, PublicFigure

NAMES = {"salud": "Salud", "sena": "SENA", "familias": "Familias en Acción"}
TEXTS = Catalogue.read()
NEARLY_ALL = PublicFigure(20, None, Percent(85, "≥"), (Percent(65), Percent(100)), bounded=True)


def card(**means: float | None) -> PublicCard:
    figures = {
        actor: {"grade": None if mean is None else PublicFigure(40, mean, Percent(50), (Percent(35), Percent(65)))}
        for actor, mean in means.items()
    }
    return PublicCard(1, "70001", figures)


@pytest.mark.parametrize(
    ("shown", "promises", "told"),
    [
        pytest.param(
            card(salud=2.8, sena=3.6, familias=4.1),
            [],
            "así calificaron las familias de Sincelejo: lo mejor, Familias en Acción (4,1 de 5);"
            " lo peor, Salud (2,8 de 5). Gracias por contestar. Para ver todas: NOTAS.",
            id="the best and the worst",
        ),
        pytest.param(
            card(salud=2.8, sena=None),
            [("La Secretaría de Salud", "dar citas por teléfono.")],
            "así calificaron las familias de Sincelejo: Salud, 2,8 de 5."
            " La Secretaría de Salud se comprometió: dar citas por teléfono. Para ver todas: NOTAS.",
            id="one grade and a promise",
        ),
        pytest.param(
            card(salud=2.8),
            [("La Alcaldía", "x" * 300), ("SENA", "abrir cupos")],
            "así calificaron las familias de Sincelejo: Salud, 2,8 de 5. SENA se comprometió: abrir cupos."
            " Para ver todas: NOTAS.",
            id="the promise that fits",
        ),
        pytest.param(card(salud=None), [], None, id="nothing is published"),
        pytest.param(
            PublicCard(1, "70001", {**card(salud=2.8, familias=4.1).actors, "sena": {"grade": NEARLY_ALL}}),
            [],
            "así calificaron las familias de Sincelejo: lo mejor, SENA (casi todas contentas);"
            " lo peor, Salud (2,8 de 5). Gracias por contestar. Para ver todas: NOTAS.",
            id="one is better than any mean tells",
        ),
        pytest.param(
            card(salud=3.8, sena=3.8),
            [],
            "así calificaron las familias de Sincelejo todo lo que usan: 3,8 de 5."
            " Gracias por contestar. Para ver todas: NOTAS.",
            id="nothing is best or worst",
        ),
        pytest.param(
            PublicCard(1, "70001", {"sena": {"grade": NEARLY_ALL}}),
            [],
            "así calificaron las familias de Sincelejo: SENA, casi todas contentas."
            " Gracias por contestar. Para ver todas: NOTAS.",
            id="nearly all said the same",
        ),
    ],
)
def test_the_families_are_told(shown: PublicCard, promises: list[tuple[str, str]], told: str | None) -> None:
    assert results.proposal(shown, NAMES, "Sincelejo", promises, TEXTS, "es") == told


def test_what_was_done_is_told_with_what_was_said_where_both_fit() -> None:
    assert (
        results.kept("Faltan cupos.", "SENA", "abrió 120 cupos.", TEXTS, "es")
        == "usted dijo: Faltan cupos. SENA respondió: abrió 120 cupos."
    )
    assert "usted dijo" not in results.kept("x" * 200, "SENA", "abrió 120 cupos", TEXTS, "es")


@pytest.mark.parametrize("language", TEXTS.languages)
def test_a_proposal_may_be_sent_as_it_is(language: str) -> None:
    told = results.proposal(
        card(salud=2.8, familias=4.1), NAMES, "San José de Cúcuta", [("ICBF", "más cupos")], TEXTS, language
    )
    assert told is not None
    assert wording_rules.problem({"es": told}, TEXTS) is None
