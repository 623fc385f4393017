"""Our WhatsApp templates, as `templates.toml` lists them: the catalogue's texts, one template per text and language.

WhatsApp lets a conversation be opened only by a text it has approved, with places to fill in; its places take no line
breaks.
"""

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from bot.catalogue import Catalogue
from messaging.content import Content
from messaging.providers.template import Template

FILE: Final = Path(__file__).with_suffix(".toml")
_BLANKS: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Listed:
    """A text that may open a conversation. `values` are the places of the text in order, each with an example."""

    key: str
    category: str
    values: Mapping[str, str] = field(default_factory=dict)
    options: Sequence[str] = ()
    """The texts of its buttons."""
    between: str = ""
    """What stands between the lines of a value, where it lists several things."""
    text: str = ""
    """The text that the template says, where WhatsApp would not take that of `key`."""

    @property
    def said(self) -> str:
        """The key of the text of the template."""
        return self.text or self.key


@cache
def listed(file: Path = FILE) -> Mapping[str, Listed]:
    """What the file lists, by key."""
    entries = tomllib.loads(file.read_text("utf-8"))["template"]
    return {entry["key"]: Listed(**entry) for entry in entries}


def name(key: str, language: str) -> str:
    """The name of a template at the provider: small letters, digits and _ are all it may have."""
    return f"{re.sub('[^a-z0-9]', '_', key.lower())}_{language}"


def templates(texts: Catalogue) -> Iterator[Template]:
    """Every template in every language that has its text, ready to be registered."""
    for entry in listed().values():
        for language in texts.languages:
            if entry.said in texts.texts[language]:
                yield _template(entry, language, texts)


def templated(
    key: str, language: str, values: Mapping[str, str], approved: Collection[str], taps: Sequence[str] = ()
) -> Content | None:
    """A text as its approved template says it; None where there is none, or none in this language.

    `taps` are the ids that come back from its buttons: the first of the options, where a message has more than a
    template may have buttons. The content has no text of its own yet.
    """
    entry = listed().get(key)
    if entry is None or len(taps) < len(entry.options) or name(key, language) not in approved:
        return None
    filled = [_on_one_line(values.get(place, ""), entry.between) for place in entry.values]
    if not all(filled):
        return None  # WhatsApp takes no empty place
    variables = {str(number): value for number, value in enumerate((*filled, *taps[: len(entry.options)]), start=1)}
    return Content("", template=name(key, language), variables=variables)


def _on_one_line(value: str, between: str) -> str:
    return _BLANKS.sub(" ", value.replace("\n", f"{between} ")).strip()


def _template(entry: Listed, language: str, texts: Catalogue) -> Template:
    places = {place: f"{{{{{number}}}}}" for number, place in enumerate(entry.values, start=1)}
    taps = (f"{entry.key}:1:{number}" for number in range(1, len(entry.options) + 1))
    return Template(
        name=name(entry.key, language),
        body=texts.text(entry.said, language, **places),
        language=language,
        category=entry.category,
        examples={str(number): example for number, example in enumerate((*entry.values.values(), *taps), start=1)},
        buttons=tuple(texts.text(text, language) for text in entry.options),
    )
