"""What families write of an offer and of how they were served, and what is made of it."""

import pytest

from bot.dialogues.referral_list import ASKS, TELLS
from bot.dialogues.referral_words import Outcome, read_choice, read_outcome
from surveys.reading.text import fold


@pytest.mark.parametrize(
    ("said", "choice"),
    [
        ("acepto", "accept"),
        ("Sí", "accept"),
        ("sí señora, muchas gracias", "accept"),
        ("claro que sí, me interesa", "accept"),
        ("listo, de una", "accept"),
        ("anóteme por favor", "accept"),
        ("Bueno pues, voy", "accept"),
        ("no me interesa", "decline"),
        ("no", "decline"),
        ("no gracias", "decline"),
        ("No puedo ir ese dia, trabajo", "decline"),
        ("ya no lo necesito", "decline"),
        ("después", "later"),
        ("déjeme lo pienso y le aviso", "later"),
        ("ahora no, más tarde", "later"),
        ("no sé todavía", "later"),
        ("más información", "more"),
        ("dónde queda eso", "more"),
        ("y cuánto cuesta", "more"),
        ("qué requisitos piden", "more"),
        ("hola", None),
        ("mi hijo está enfermo", None),
        ("", None),
        ("👍", None),
    ],
)
def test_an_answer_to_an_offer(said: str, choice: str | None) -> None:
    assert read_choice(said) == choice


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("sí", Outcome("served")),
        ("sí, muy bien atendida", Outcome("served")),
        ("ya fui y me inscribieron", Outcome("served")),
        ("me atendieron bien gracias a Dios", Outcome("served")),
        ("me atendieron y no me cobraron nada", Outcome("served")),
        ("no", Outcome("not_served")),
        ("no me atendieron", Outcome("not_served")),
        ("no me atendieron, me pidieron plata", Outcome("not_served", "plata")),
        ("No nos atendieron porque no había cupo", Outcome("not_served", "cupos")),
        ("no, es que eso queda muy lejos", Outcome("not_served", "lejos")),
        ("me devolvieron porque me faltaba la cédula", Outcome("not_served")),
        ("no me dejaron, que faltaban papeles", Outcome("not_served", "papeles")),
        ("nadie me atendió, ya se habían acabado las fichas", Outcome("not_served")),
        ("no me quisieron atender", Outcome("not_served", "rechazo")),
        ("perdí el viaje, todo lleno", Outcome("not_served", "cupos")),
        ("querían que pagara 50 mil pesos y no me atendieron", Outcome("not_served", "plata")),
        ("todavía no he ido", Outcome("not_yet")),
        ("no pude ir", Outcome("not_yet")),
        ("me toca el jueves", Outcome("not_yet")),
        ("me pidieron plata", None),
        ("no me cobraron nada", None),
        ("hola", None),
        ("", None),
    ],
)
def test_how_it_went(said: str, outcome: Outcome | None) -> None:
    assert read_outcome(said) == outcome


@pytest.mark.parametrize(
    ("said", "opens"),
    [("PROGRAMAS", True), ("mis programas", True), ("Ver los programas!", True), ("los programas no sirven", False)],
)
def test_the_list_is_asked_for_by_its_word_alone(said: str, opens: bool) -> None:
    assert bool(ASKS.fullmatch(fold(said))) is opens


@pytest.mark.parametrize(
    ("said", "tells"),
    [
        ("no me atendieron, me pidieron plata", True),
        ("Ya nos atendieron, gracias", True),
        ("atendieron a mi vecina", False),
        ("quiero poner una queja", False),
    ],
)
def test_telling_without_being_asked(said: str, tells: bool) -> None:
    assert bool(TELLS.search(fold(said))) is tells
