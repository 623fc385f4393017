"""«NOTAS»: the published grades of one's own municipality, as a text and on WhatsApp as a picture too."""

import pytest
from sqlalchemy import update

from messaging.address import Channel
from surveys import waves
from surveys.disclosure import Percent, PublicCard, PublicFigure
from surveys.publications import Publication
from tests.bot.conftest import Village
from tests.families.households import SINCELEJO

MEANS = {"salud": 2.8, "sena": 3.6, "familias": 4.1, "gestor": None, "municipio": 2.9}


@pytest.fixture
def published(village: Village) -> Village:
    """The wave is closed, and its figures are published."""
    with village.database.transaction() as connection:
        waves.close(connection, village.wave_id, village.now)
        waves.publish(connection, village.wave_id, village.now)
        figures = {
            actor: {"grade": None if mean is None else PublicFigure(40, mean, Percent(50), (Percent(35), Percent(65)))}
            for actor, mean in MEANS.items()
        }
        figures["colegio"] = {"grade": PublicFigure(40, None, Percent(95, "≥"), None, bounded=True)}
        card = PublicCard(village.wave_id, SINCELEJO, figures)
        here = (Publication.wave_id == village.wave_id, Publication.territory == SINCELEJO)
        connection.execute(update(Publication).where(*here).values(card=card.to_json()))
    return village


@pytest.mark.parametrize(
    ("said", "asks"),
    [
        ("NOTAS", True),
        ("ver las notas", True),
        ("resultados", True),
        ("Calificaciones!", True),
        ("el colegio no me da las notas de la niña", False),
        ("mala nota", False),
    ],
)
def test_asking_for_the_grades(village: Village, said: str, asks: bool) -> None:
    assert ("notas publicadas" in village.phone(1).texts(said)) is asks


def test_the_grades_are_told_best_first_and_what_is_withheld_is_not(published: Village) -> None:
    told = published.phone(1).texts("NOTAS")
    assert (
        "de 1 a 5: Colegio (casi todas contentas); Familias en Accion 4,1; SENA 3,6; Alcaldia 2,9; Salud 2,8." in told
    )
    assert "Gestor" not in told


def test_before_anything_is_published_it_says_so(village: Village) -> None:
    assert "no hay notas publicadas" in village.phone(1).texts("NOTAS")


def test_where_there_is_no_mean_there_is_no_picture_to_send(published: Village) -> None:
    """A picture that cannot be fetched would take the words with it."""
    figures = {"colegio": {"grade": PublicFigure(40, None, Percent(95, "≥"), None, bounded=True)}}
    card = PublicCard(published.wave_id, SINCELEJO, figures)
    with published.database.transaction() as connection:
        here = (Publication.wave_id == published.wave_id, Publication.territory == SINCELEJO)
        connection.execute(update(Publication).where(*here).values(card=card.to_json()))
    assert "casi todas contentas" in published.phone(1, Channel.WHATSAPP).texts("notas")
    assert published.scalar("SELECT content->>'media_url' FROM messages ORDER BY created_at DESC LIMIT 1") is None


def test_on_whatsapp_the_picture_goes_along(published: Village) -> None:
    published.phone(1, Channel.WHATSAPP).texts("notas")
    content = published.scalar("SELECT content->>'media_url' FROM messages ORDER BY created_at DESC LIMIT 1")
    address = f"https://libreta.test/grafico.png?ronda={published.wave_id}&territorio={SINCELEJO}"
    assert content == address
