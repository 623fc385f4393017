from pathlib import Path

import pytest

from families import catalogue
from families.achievements import tellable

CATALOGUES = Path(catalogue.__file__).parent / "catalogues"
HEADER = "code,manual_no,dimension,applies_to,sensitive,label_es,question_es\n"


def problems(content: str) -> list[str]:
    with pytest.raises(catalogue.CatalogueError) as caught:
        catalogue.read(content)
    return caught.value.problems


def test_the_catalogue_of_2007_has_its_54_statements_in_nine_dimensions() -> None:
    achievements = catalogue.read((CATALOGUES / "logros_2007.csv").read_text("utf-8"))
    assert len(achievements) == 54
    assert {achievement.dimension for achievement in achievements} == set(catalogue.DIMENSIONS)
    assert [achievement.manual_no for achievement in achievements].count("32") == 2


def test_nothing_sensitive_may_be_told_and_what_may_be_told_can_be_asked() -> None:
    achievements = catalogue.read((CATALOGUES / "logros_2007.csv").read_text("utf-8"))
    told = {achievement.code for achievement in tellable(achievements)}
    assert {achievement.code for achievement in achievements if achievement.code not in told} == {
        "IT6", "ED7", "SA3", "SA6", "SA9", "SA10", "SA11", "HA1", "DF3", "DF5", "AJ3",
    }  # fmt: skip
    assert all(achievement.question for achievement in achievements if achievement.code in told)


def test_a_file_saved_by_a_spreadsheet_is_read() -> None:
    content = "\ufeff" + HEADER.strip() + "\r\n" + "ID1,1,ID,all,no, Documento ,¿Tienen documento?\r\n"
    assert [achievement.label for achievement in catalogue.read(content)] == ["Documento"]


def test_every_problem_is_told_at_once_with_its_row() -> None:
    content = HEADER + "ID1,1,ID,all,no,Uno,¿?\nID1,1,XX,everybody,perhaps,,\n"
    assert problems(content) == [
        "Fila 3: el código «ID1» no es de la dimensión «XX».",
        "Fila 3: el código «ID1» ya está en otra fila.",
        "Fila 3: no hay dimensión «XX».",
        "Fila 3: «sensitive» es yes o no.",
        "Fila 3: falta «label_es».",
        "Fila 3: no hay regla «everybody» para «applies_to».",
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param("", "faltan las columnas", id="an empty file"),
        pytest.param(HEADER, "no trae ningún logro", id="a header only"),
        pytest.param("code;dimension\nID1;ID\n", "faltan las columnas", id="another separator"),
        pytest.param(HEADER + "ID1\n", "no hay dimensión", id="a short row"),
        pytest.param(HEADER + "ID1,1,ID,all,no,Uno,\n", "lleva «question_es»", id="no question"),
    ],
)
def test_what_is_no_catalogue_is_refused(content: str, problem: str) -> None:
    assert problem in "\n".join(problems(content))
