"""The catalogue of achievements as data: reading a CSV file into a checked catalogue.

Columns: `code` (our own short code, the key), `manual_no` (the number that a manual prints, shown only:
manuals repeat and skip numbers), `dimension` (two letters), `applies_to` (a rule of
`families.applicability`), `sensitive` (yes or no), `label_es`, `question_es`. A sensitive achievement is for
the gestor in person and stands in no message.
"""

import csv
import io
import re
from dataclasses import dataclass

from families.applicability import rule

COLUMNS = ("code", "manual_no", "dimension", "applies_to", "sensitive", "label_es", "question_es")

DIMENSIONS = {
    "ID": "Identificación",
    "IT": "Ingresos y trabajo",
    "ED": "Educación",
    "SA": "Salud",
    "NU": "Nutrición",
    "HA": "Habitabilidad",
    "DF": "Dinámica familiar",
    "BA": "Bancarización y ahorro",
    "AJ": "Acceso a la justicia",
}

_CODE = re.compile(r"([A-Z]{2})\d{1,3}")


@dataclass(frozen=True, slots=True)
class Achievement:
    """One basic achievement (*logro básico*)."""

    code: str
    manual_no: str
    dimension: str
    applies_to: str
    sensitive: bool
    label: str
    question: str
    """How a family is asked; empty where nobody asks by message."""


class CatalogueError(ValueError):
    """A file that is no catalogue; `problems` names every fault with its row."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read(content: str) -> tuple[Achievement, ...]:
    """Read a catalogue out of the text of a CSV file. Raises CatalogueError with every problem at once."""
    reader = csv.DictReader(io.StringIO(content.removeprefix("\ufeff")))
    if missing := [column for column in COLUMNS if column not in (reader.fieldnames or ())]:
        raise CatalogueError([f"Fila 1: faltan las columnas {', '.join(missing)}."])
    achievements: list[Achievement] = []
    problems: list[str] = []
    seen: set[str] = set()
    for number, row in enumerate(reader, start=2):
        values = {column: (row[column] or "").strip() for column in COLUMNS}
        problems += [f"Fila {number}: {problem}" for problem in _problems(values, seen)]
        seen.add(values["code"])
        achievements.append(_achievement(values))
    if not achievements:
        problems.append("El archivo no trae ningún logro.")
    if problems:
        raise CatalogueError(problems)
    return tuple(achievements)


def _problems(values: dict[str, str], seen: set[str]) -> list[str]:
    problems = []
    code = _CODE.fullmatch(values["code"])
    if code is None:
        problems.append(f"el código «{values['code']}» no es de dos letras y un número.")
    elif code[1] != values["dimension"]:
        problems.append(f"el código «{values['code']}» no es de la dimensión «{values['dimension']}».")
    if values["code"] in seen:
        problems.append(f"el código «{values['code']}» ya está en otra fila.")
    if values["dimension"] not in DIMENSIONS:
        problems.append(f"no hay dimensión «{values['dimension']}».")
    if values["sensitive"] not in ("yes", "no"):
        problems.append("«sensitive» es yes o no.")
    if not values["label_es"]:
        problems.append("falta «label_es».")
    if values["sensitive"] == "no" and not values["question_es"]:
        problems.append("un logro que no es sensible lleva «question_es».")
    try:
        rule(values["applies_to"])
    except ValueError:
        problems.append(f"no hay regla «{values['applies_to']}» para «applies_to».")
    return problems


def _achievement(values: dict[str, str]) -> Achievement:
    return Achievement(
        code=values["code"],
        manual_no=values["manual_no"],
        dimension=values["dimension"],
        applies_to=values["applies_to"],
        sensitive=values["sensitive"] != "no",
        label=values["label_es"],
        question=values["question_es"],
    )
