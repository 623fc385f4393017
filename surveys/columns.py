"""Headers of XLSForm sheets → one name each and a language: ``Label : Español (es)`` → ``label`` in ``Español (es)``.

The names and their older spellings are those that pyxform understands (https://xlsform.org/en/ref-table/).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_SURVEY: Mapping[str, str] = {
    "type": "type",
    "command": "type",
    "name": "name",
    "tag": "name",
    "value": "name",
    "label": "label",
    "caption": "label",
    "hint": "hint",
    "guidance_hint": "guidance_hint",
    "required": "required",
    "required_message": "required_message",
    "requiredmsg": "required_message",
    "jr:requiredmsg": "required_message",
    "relevant": "relevant",
    "relevance": "relevant",
    "skiplogic": "relevant",
    "skip_logic": "relevant",
    "constraint": "constraint",
    "constraint_message": "constraint_message",
    "constraining_message": "constraint_message",
    "constraint-msg": "constraint_message",
    "jr:constraintmsg": "constraint_message",
    "calculation": "calculation",
    "calculate": "calculation",
    "default": "default",
    "read_only": "read_only",
    "readonly": "read_only",
    "appearance": "appearance",
    "parameters": "parameters",
    "choice_filter": "choice_filter",
    "repeat_count": "repeat_count",
    "count": "repeat_count",
    "jr:count": "repeat_count",
    "image": "image",
    "big-image": "big-image",
    "audio": "audio",
    "video": "video",
    "trigger": "trigger",
    "save_to": "save_to",
    "disabled": "disabled",
    "optional": "optional",
}
_CHOICES: Mapping[str, str] = {
    "list_name": "list_name",
    "name": "name",
    "value": "name",
    "label": "label",
    "caption": "label",
    "image": "image",
    "big-image": "big-image",
    "audio": "audio",
    "video": "video",
}
_SETTINGS: Mapping[str, str] = {
    "form_title": "title",
    "set_form_title": "title",
    "title": "title",
    "form_id": "id",
    "set_form_id": "id",
    "id_string": "id",
    "version": "version",
    "default_language": "default_language",
    "instance_name": "instance_name",
    "name": "name",
}
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "survey": _SURVEY,
    "choices": _CHOICES,
    "external_choices": _CHOICES,
    "settings": _SETTINGS,
}
TRANSLATABLE = frozenset(
    {
        "label",
        "hint",
        "guidance_hint",
        "required_message",
        "constraint_message",
        "image",
        "big-image",
        "audio",
        "video",
    }
)
# Prefixes that XLSForm allows before a column: bind::relevant, control::appearance, media::image.
_PREFIXES = frozenset({"bind", "control", "body", "media"})


@dataclass(frozen=True, slots=True)
class Column:
    """``known`` is False for a column of the author's own, kept under its header."""

    name: str
    language: str | None = None
    known: bool = True


def columns(sheet: str, headers: Iterable[str]) -> dict[str, Column]:
    """What each header of a sheet means."""
    written = list(headers)
    double = any("::" in header for header in written)
    return {header: _column(COLUMNS[sheet], header, double) for header in written}


def _column(names: Mapping[str, str], header: str, double: bool) -> Column:
    whole = names.get(_snake(header))
    if whole is not None:
        return Column(whole)
    parts = [part.strip() for part in header.split("::" if double or "::" in header else ":")]
    if "jr" in parts[:-1]:
        at = parts.index("jr")
        parts[at : at + 2] = [f"jr:{parts[at + 1]}"]
    if _snake(parts[0]) in _PREFIXES and len(parts) > 1:
        parts.pop(0)
    name = names.get(_snake(parts[0]))
    if name is None or len(parts) > 2 or (len(parts) == 2 and name not in TRANSLATABLE):
        return Column(header, known=False)
    return Column(name, parts[1] if len(parts) == 2 else None)


def _snake(text: str) -> str:
    return "_".join(text.split()).lower()
