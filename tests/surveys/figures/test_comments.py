"""Comments: what tells who speaks or of whom is covered, and nobody sees one before a person has let it out."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from db import Database
from families import staff
from families.staff import Role
from surveys import comments, waves
from surveys.masking import mask
from tests.surveys.data.conftest import NOW, Field, answer, say

PLACES = (
    "Sincelejo",
    "San Onofre",
    "Sucre",
    "Montería",
    "San José de Cúcuta",
    "Ciénaga de Oro",
    "San José del Río",
    "Madre de Dios",
)
KNOWN = ("Familias en Acción", "Banco Agrario", "JUNTOS")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        pytest.param("Mucha demora para la cita", "Mucha demora para la cita", id="nothing to cover"),
        pytest.param("La gestora Yurany Pérez no vino", "La gestora [nombre] no vino", id="a name and surname"),
        pytest.param("maria rodriguez me grito", "[nombre] me grito", id="names without capitals"),
        pytest.param("MARÍA me pidió plata", "[nombre] me pidió plata", id="names in capitals"),
        pytest.param("llámeme al 310 456 78 90", "llámeme al [número]", id="a telephone in groups"),
        pytest.param("mi cédula es 1.102.345.678", "mi cédula es [número]", id="a document"),
        pytest.param("me pidieron 50.000 pesos", "me pidieron [número] pesos", id="a sum that only few were asked for"),
        pytest.param("esperé 3 horas", "esperé 3 horas", id="a small number tells of nobody"),
        pytest.param("en sincelejo no atienden", "en [lugar] no atienden", id="a municipality"),
        pytest.param(
            "en MONTERIA y en cienaga  de oro", "en [lugar] y en [lugar]", id="municipalities without accents"
        ),
        pytest.param(
            "crece el río, gracias a dios", "crece el río, gracias a dios", id="words that end a place's name"
        ),
        pytest.param("la alcaldia de cucuta", "la alcaldia de [lugar]", id="a municipality as people call it"),
        pytest.param("Vivo en la vereda El Cerro", "Vivo en la [dirección]", id="a vereda"),
        pytest.param("carrera 12 # 4-30 sin agua", "[dirección] sin agua", id="an address"),
        pytest.param("escriba a ana@correo.co", "escriba a [dirección]", id="an e-mail address"),
        pytest.param("El Banco Agrario queda lejos", "El Banco Agrario queda lejos", id="a programme is no name"),
        pytest.param("Gracias. Muy bueno todo", "Gracias. Muy bueno todo", id="capitals that begin a sentence"),
        pytest.param("", "", id="empty"),
    ],
)
def test_what_tells_of_somebody_is_covered(said: str, shown: str) -> None:
    assert mask(said, PLACES, KNOWN) == shown


def test_a_comment_is_seen_only_after_a_person_let_it_out(database: Database, open_wave: Callable[..., Field]) -> None:
    wave = open_wave(24, municipalities=("70001", "70215"))
    with database.transaction() as connection:
        reviewer = staff.add(
            connection, login="nacional", name="Ana", role=Role.NATIONAL, password="una clave de prueba"
        ).id
        for family in range(1, 13):
            words = "Mucha fila" if family > 1 else "Don Pedro Gómez fue grosero, 3104567890"
            say(connection, wave.begin(connection, family), answer("comentario", words, counted=""))
        waves.close(connection, wave.wave_id, NOW)
        assert comments.pending(connection, wave.wave_id, [""]) == []
        waves.publish(connection, wave.wave_id, NOW)
        waiting = comments.pending(connection, wave.wave_id, [""])
        assert len(waiting) == 12
        assert comments.released(connection, wave.wave_id, "") == []
        assert {one.territory for one in waiting} == {"70"}, "six from each municipality: too few voices"
        (rude,) = [one for one in waiting if "grosero" in one.text]
        assert rude.text == "Don [nombre] fue grosero, [número]"
        assert comments.decide(connection, rude, comments.RELEASED, "[nombre] fue grosero", reviewer, NOW)
        assert not comments.decide(connection, rude, comments.REFUSED, "", reviewer, NOW)
        other = next(one for one in waiting if one.id != rude.id)
        assert comments.decide(connection, other, comments.REFUSED, other.text, reviewer, NOW)
        assert comments.released(connection, wave.wave_id, "70") == ["[nombre] fue grosero"]
        assert comments.released(connection, wave.wave_id, "25") == []
        assert len(comments.pending(connection, wave.wave_id, ["70"])) == 10
        assert comments.pending(connection, wave.wave_id, ["25"]) == []
        refused = connection.scalar(text("SELECT text FROM comment_reviews WHERE state = 'refused'"))
    assert refused == ""
