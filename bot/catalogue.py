"""Every text the service says, by key and language, read from gettext catalogues.

The catalogues are `translations/<language>/LC_MESSAGES/bot.po`; a community adds its language by adding a file. A
text that a language lacks is said in Spanish. `{names}` in a text are filled with `str.format`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from babel.messages.pofile import read_po

SPANISH = "es"
TRANSLATIONS = Path(__file__).parent.parent / "translations"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All texts: language → key → text."""

    texts: Mapping[str, Mapping[str, str]]

    @classmethod
    def read(cls, folder: Path = TRANSLATIONS) -> "Catalogue":
        """Read every language's catalogue below `folder`.

        Raises FileNotFoundError if there is no Spanish one, since every other language falls back on it.
        """
        texts = {path.parent.parent.name: _read(path) for path in sorted(folder.glob("*/LC_MESSAGES/bot.po"))}
        if SPANISH not in texts:
            raise FileNotFoundError(f"no Spanish catalogue below {folder}")
        return cls(texts)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages one can be answered in, Spanish first."""
        return (SPANISH, *(language for language in self.texts if language != SPANISH))

    def text(self, key: str, language: str, **values: object) -> str:
        """The text of `key`, filled with `values`. Raises KeyError for a key that Spanish does not have."""
        text = self.texts.get(language, {}).get(key) or self.texts[SPANISH][key]
        return text.format(**values) if values else text


def _read(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        catalogue = read_po(file)
    return {str(message.id): str(message.string) for message in catalogue if message.id and message.string}
