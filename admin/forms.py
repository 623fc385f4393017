"""Reading what people filled in: every problem at once, and nothing they wrote is lost."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, time
from typing import Any

from werkzeug.datastructures import MultiDict

from admin.language import gettext, ngettext, number
from bot.forbidden_words import forbidden_word

SHORT, LONG = 200, 10_000
"""Characters of a line and of a text."""


def unsaid(word: str) -> str:
    """What to tell somebody who wrote a word that no message says."""
    problem = gettext(
        "Ningún mensaje dice «%(word)s»: quien tenga el teléfono sabría algo que pone en riesgo a la familia. "
        "Escríbalo con otras palabras o dígalo en persona."
    )
    return problem % {"word": word}


class Form:
    """A form as it was sent, or as it is first shown: values and problems by the name of the field.

    Each reader takes one field, notes its problem, and returns a value of its type, or None where there is none or it
    is wrong. Read everything, then look whether the form is `valid`; if not, show the page again (422) with the form.
    """

    def __init__(self, sent: MultiDict[str, str] | None = None, initial: Mapping[str, Any] | None = None) -> None:
        """`sent` is `request.form`; `initial` what the fields hold before anything was sent."""
        self._sent = sent
        self._initial = initial or {}
        self.problems: dict[str, str] = {}

    @property
    def valid(self) -> bool:
        return self._sent is not None and not self.problems

    def value(self, name: str) -> str:
        """What a field shows: what was sent as it was sent, else what it held before."""
        if self._sent is not None:
            return self._sent.get(name, "")
        initial = self._initial.get(name)
        return "" if initial is None else str(initial)

    def values(self, name: str) -> list[str]:
        """All values of a field that may have several."""
        if self._sent is not None:
            return self._sent.getlist(name)
        return [str(one) for one in self._initial.get(name, ())]

    def refuse(self, name: str, problem: str) -> None:
        """Note a problem that no reader knows of; the first of a field is shown."""
        self.problems.setdefault(name, problem)

    def text(self, name: str, *, longest: int = SHORT, required: bool = True) -> str:
        """A text without blanks around it; empty where it is missing."""
        value = self.value(name).replace("\x00", "").replace("\r\n", "\n").strip()
        if len(value) > longest:
            allowed = number(longest)
            self.refuse(name, gettext("Es muy largo: caben %(count)s caracteres.") % {"count": allowed})
        return self._present(name, value) if required else value

    def told(self, name: str, *, longest: int = SHORT, required: bool = True) -> str:
        """A text that families read in a message, without the words that no message says."""
        value = self.text(name, longest=longest, required=required)
        if word := forbidden_word(value):
            self.refuse(name, unsaid(word))
        return value

    def secret(self, name: str, *, longest: int = SHORT) -> str:
        """A password: as it is, blanks and all. It is never shown again."""
        value = self.value(name)
        if len(value) > longest:
            self.refuse(name, gettext("Es muy largo: caben %(count)s caracteres.") % {"count": number(longest)})
        return self._present(name, value)

    def whole(self, name: str, least: int, most: int, *, required: bool = True) -> int | None:
        """A whole number between two bounds."""
        value = self.text(name, required=required)
        if not value:
            return None
        digits = value.removeprefix("-")
        found = int(value) if digits.isascii() and digits.isdecimal() and len(digits) < 19 else None
        if found is None or not least <= found <= most:
            bounds = {"least": number(least), "most": number(most)}
            self.refuse(name, gettext("Escriba un número entero de %(least)s a %(most)s.") % bounds)
            return None
        return found

    def day(self, name: str, *, earliest: date | None = None, required: bool = True) -> date | None:
        """A date, as browsers send it."""
        value = self.text(name, required=required)
        if not value:
            return None
        try:
            found = date.fromisoformat(value)
        except ValueError:
            self.refuse(name, gettext("Escoja una fecha."))
            return None
        if earliest is not None and found < earliest:
            self.refuse(name, gettext("Esa fecha ya pasó; escoja otra."))
        return found

    def hour(self, name: str, *, required: bool = True) -> time | None:
        """An hour of the day, as browsers send it."""
        value = self.text(name, required=required)
        if not value:
            return None
        try:
            return time.fromisoformat(value).replace(tzinfo=None)
        except ValueError:
            self.refuse(name, gettext("Escriba una hora, por ejemplo 14:30."))
            return None

    def moment(self, name: str) -> datetime | None:
        """A moment with its zone, as our own buttons write it; None for anything else."""
        try:
            found = datetime.fromisoformat(self.value(name))
        except ValueError:
            return None
        return found if found.tzinfo else None

    def choice(self, name: str, offered: Collection[str], *, required: bool = True) -> str:
        """One of the values offered; empty where none was chosen."""
        value = self.value(name)
        if value and value not in offered:
            self.refuse(name, gettext("Escoja una de las opciones."))
            return ""
        return self._present(name, value, gettext("Escoja una de las opciones.")) if required else value

    def choices(self, name: str, offered: Collection[str], *, least: int = 0) -> list[str]:
        """Any of the values offered, each once, in the order sent."""
        found = list(dict.fromkeys(self.values(name)))
        if any(value not in offered for value in found):
            self.refuse(name, gettext("Escoja una de las opciones."))
        if len(found) < least:
            few = ngettext("Escoja al menos %(count)s.", "Escoja al menos %(count)s.", least)
            self.refuse(name, few % {"count": least})
        return found

    def ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self.value(name))

    def _present(self, name: str, value: str, problem: str | None = None) -> str:
        if not value:
            self.refuse(name, problem or gettext("Falta este dato."))
        return value
