"""Territories as people write and read them: «Sincelejo», «Sucre (departamento)», «70001»."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from sqlalchemy import Connection

from admin.language import gettext
from families import territory

COUNTRY = "Colombia"
MOST_OFFERED = 5
MOST_COMMAS = 2
"""Within one name: «Bogotá, D.C. (Bogotá, D.C.)»."""


class UnknownPlaceError(ValueError):
    """A place that is none, or several; the message says what to write instead."""


@dataclass(frozen=True, slots=True)
class Places:
    """Names of all municipalities and departments by code."""

    municipalities: Mapping[str, str]
    departments: Mapping[str, str]

    @classmethod
    def read(cls, connection: Connection) -> Self:
        return cls(territory.municipality_names(connection), territory.department_names(connection))

    def name(self, code: str) -> str:
        """A territory as it is written: «Sincelejo, Sucre» would be two, so «Sincelejo (Sucre)»."""
        if code == territory.COUNTRY:
            return COUNTRY
        if code in self.municipalities:
            return f"{self.municipalities[code]} ({self.departments[code[:2]]})"
        return self.departments.get(code, code)

    def names(self, codes: Iterable[str]) -> str:
        """Several territories in a row."""
        return ", ".join(self.name(code) for code in codes)

    def codes(self, written: str) -> tuple[str, ...]:
        """The codes of territories written with commas between them, as names or codes; the country where nothing is.

        Raises UnknownPlaceError for the first that is none, or several.
        """
        parts = [part.strip() for part in written.replace("\n", ",").replace(";", ",").split(",") if part.strip()]
        names = {_plain(self.name(code)) for code in (*self.departments, *self.municipalities)}
        codes: list[str] = []
        while parts:
            joined = (count for count in range(MOST_COMMAS + 1, 1, -1) if _plain(", ".join(parts[:count])) in names)
            taken = min(next(joined, 1), len(parts))
            codes.append(self._code(", ".join(parts[:taken])))
            parts = parts[taken:]
        return tuple(dict.fromkeys(codes)) or (territory.COUNTRY,)

    def _code(self, written: str) -> str:
        if written in self.municipalities or written in self.departments:
            return written
        wanted = _plain(written)
        if wanted == _plain(COUNTRY):
            return territory.COUNTRY
        exact = [code for code in (*self.departments, *self.municipalities) if _plain(self.name(code)) == wanted]
        alike = exact or [code for code, name in self.municipalities.items() if _plain(name) == wanted]
        if len(alike) == 1:
            return alike[0]
        if alike:
            offered = ", ".join(self.name(code) for code in alike[:MOST_OFFERED])
            raise UnknownPlaceError(
                gettext("«%(place)s» puede ser: %(offered)s. Escríbalo así.") % {"place": written, "offered": offered}
            )
        raise UnknownPlaceError(gettext("No hay ningún municipio ni departamento «%(place)s».") % {"place": written})


def _plain(name: str) -> str:
    """A name without accents, signs and case."""
    parts = unicodedata.normalize("NFKD", name.casefold())
    return " ".join(
        "".join(letter if letter.isalnum() else " " for letter in parts if not unicodedata.combining(letter)).split()
    )
