"""What no message says, and what only sounds so."""

import pytest

from bot.forbidden_words import ForbiddenWordError, check, forbidden_word


@pytest.mark.parametrize(
    ("text", "word"),
    [
        pytest.param("Traiga la carta de DESPLAZADOS.", "DESPLAZADOS", id="displacement, in any form"),
        pytest.param("Unidad para las Víctimas", "Víctimas", id="with an accent"),
        pytest.param("el punto de victimas", "victimas", id="without"),
        pytest.param("¿Todavía siembra coca?", "coca", id="crops"),
        pytest.param("Certificado del RUPD", "RUPD", id="the register"),
        pytest.param("Unidad móvil de salud, frente a la iglesia", None, id="an ordinary place"),
        pytest.param("El cacao y la coca-cola de mi tienda", "coca", id="rather once too often"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_the_word_is_named(text: str, word: str | None) -> None:
    assert forbidden_word("Hola", text) == word


def test_who_writes_it_is_told_which_word() -> None:
    check("Nos vemos el jueves", "")
    with pytest.raises(ForbiddenWordError) as caught:
        check("Nos vemos", "en la oficina de víctimas")
    assert caught.value.word == "víctimas"
