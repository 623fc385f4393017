"""Parts of an SMS, counted the way operators bill them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.encoding import BASIC, EXTENDED, Segments, fold_for_sms, parts, segments


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", Segments("GSM-7", 0, 1), id="empty"),
        pytest.param("a" * 160, Segments("GSM-7", 160, 1), id="one full part"),
        pytest.param("a" * 161, Segments("GSM-7", 161, 2), id="one too many"),
        pytest.param("a" * 306, Segments("GSM-7", 306, 2), id="two full parts"),
        pytest.param("a" * 307, Segments("GSM-7", 307, 3), id="three"),
        pytest.param("¿Qué día?".replace("í", "i"), Segments("GSM-7", 9, 1), id="é and ¿ are cheap"),
        pytest.param("¿Qué día?", Segments("UCS-2", 9, 1), id="í is not"),
        pytest.param("á" * 70, Segments("UCS-2", 70, 1), id="one full part of UCS-2"),
        pytest.param("á" * 71, Segments("UCS-2", 71, 2), id="one too many of UCS-2"),
        pytest.param("€" * 80, Segments("GSM-7", 160, 1), id="escaped characters take two"),
        pytest.param("a" * 152 + "€" + "a" * 10, Segments("GSM-7", 164, 2), id="an escape is not split"),
        pytest.param("a" * 152 + "€" + "a" * 152, Segments("GSM-7", 306, 3), id="so a unit may stay unused"),
        pytest.param("👍" * 35, Segments("UCS-2", 70, 1), id="emoji take two"),
        pytest.param("a" * 66 + "👍" + "a" * 66, Segments("UCS-2", 134, 3), id="and are not split"),
    ],
)
def test_segments(text: str, expected: Segments) -> None:
    assert segments(text) == expected


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        pytest.param("¿Cuál día irá usted?", "¿Cual dia ira usted?", id="á í lose their accent"),
        pytest.param("Qué niño, mañana, pingüino, É", "Qué niño, mañana, pingüino, É", id="é ñ ü stay"),
        pytest.param("“Sí” – dijo…", '"Si" - dijo...', id="typographic signs"),
        pytest.param("Gracias 👍", "Gracias 👍", id="emoji stay"),
        pytest.param("Ñandú\u00a0azul", "Ñandu azul", id="hard space"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold_for_sms(text) == folded


spanish = st.text(st.sampled_from("aábcdeéfghiíjklmnñoópqrstuúüvwxyz ¿?¡!,.ÁÉÍÓÚÑ«»–…"), max_size=400)


@given(spanish)
def test_folded_spanish_is_always_in_gsm_7(text: str) -> None:
    assert BASIC.union(EXTENDED).issuperset(fold_for_sms(text))


@given(st.text(max_size=700))
def test_folding_is_idempotent(text: str) -> None:
    assert fold_for_sms(fold_for_sms(text)) == fold_for_sms(text)


@given(st.text(max_size=700), st.text(max_size=50))
def test_more_text_never_takes_fewer_parts(text: str, more: str) -> None:
    assert segments(text + more).count >= segments(text).count


@given(st.text(max_size=400))
def test_parts_are_as_many_as_are_billed_and_lose_nothing(text: str) -> None:
    assert "".join(parts(text)) == text
    assert len(parts(text)) == segments(text).count
