"""What changed between two versions of a form, as a list that a coordinator can read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from surveys.form import Form

# Definition key → the column it came from; in the order in which changes are told.
_COLUMNS = {
    "type": "type",
    "label": "label",
    "hint": "hint",
    "required": "required",
    "relevant": "relevant",
    "constraint": "constraint",
    "constraint_message": "constraint_message",
    "required_message": "required_message",
    "choices": "choices",
    "choice_filter": "choice_filter",
    "calculation": "calculation",
    "default": "default",
    "parameters": "parameters",
    "count": "repeat_count",
    "read_only": "read_only",
    "media": "media",
    "appearance": "appearance",
    "extra": "extra",
}
_WORDS: Mapping[str, tuple[str, str]] = {
    "added": ("Nueva: {place}", "New: {place}"),
    "removed": ("Quitada: {place}", "Removed: {place}"),
    "moved": ("Cambió de lugar: {place}", "Moved: {place}"),
    "changed": ("{place}, {column}: «{before}» → «{after}»", "{place}, {column}: “{before}” → “{after}”"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """``kind`` is added, removed, moved or changed; ``place`` a path, ``choices/LIST/NAME`` or ``settings/KEY``."""

    kind: str
    place: str
    column: str = ""
    before: str = ""
    after: str = ""

    def text(self, language: str = "es") -> str:
        words = _WORDS[self.kind][1 if language.startswith("en") else 0]
        return words.format(place=self.place, column=self.column, before=self.before, after=self.after)


def diff(old: Form, new: Form) -> list[Change]:
    """Changes of questions, then of choices, then of settings and of attached files."""
    return [*_questions(old, new), *_choices(old, new), *_settings(old, new)]


def _questions(old: Form, new: Form) -> Iterator[Change]:
    before, after = (dict(_flat(form.definition["survey"], f"/{form.definition['root']}")) for form in (old, new))
    for path in before:
        if path not in after:
            yield Change("removed", path)
    for path, node in after.items():
        if path not in before:
            yield Change("added", path)
        else:
            yield from _columns(path, before[path], node)
    yield from _moves([path for path in before if path in after], [path for path in after if path in before])


def _flat(nodes: list[dict[str, Any]], above: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for node in nodes:
        path = f"{above}/{node['name']}"
        yield path, node
        yield from _flat(node.get("children", []), path)


def _columns(path: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for key, column in _COLUMNS.items():
        one, other = before.get(key) or "", after.get(key) or ""
        yield from _texts(path, column, one, other)


def _texts(place: str, column: str, before: Any, after: Any) -> Iterator[Change]:
    """A change of a text, or one a language or key where texts are several."""
    if before == after:
        return
    if isinstance(before, dict) or isinstance(after, dict):
        ones, others = (value if isinstance(value, dict) else {"": value} for value in (before, after))
        for key in dict.fromkeys([*ones, *others]):
            named = f"{column}::{key}" if key else column
            yield from _texts(place, named, ones.get(key, ""), others.get(key, ""))
    else:
        yield Change("changed", place, column, str(before), str(after))


def _moves(before: list[str], after: list[str]) -> Iterator[Change]:
    """What has to move, the longest part that kept its order staying where it is."""
    position = {path: index for index, path in enumerate(before)}
    staying = _longest_rising([position[path] for path in after])
    yield from (Change("moved", path) for path in after if position[path] not in staying)


def _longest_rising(numbers: list[int]) -> set[int]:
    """A longest rising subsequence, by patience sorting."""
    piles: list[int] = []
    previous: dict[int, int | None] = {}
    for number in numbers:
        low, high = 0, len(piles)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if piles[middle] < number else (low, middle)
        previous[number] = piles[low - 1] if low else None
        piles[low : low + 1] = [number]
    rising: set[int] = set()
    last = piles[-1] if piles else None
    while last is not None:
        rising.add(last)
        last = previous[last]
    return rising


def _choices(old: Form, new: Form) -> Iterator[Change]:
    before, after = (
        {
            f"choices/{name}/{choice['name']}": choice
            for name, choices in form.definition["choices"].items()
            for choice in choices
        }
        for form in (old, new)
    )
    yield from (Change("removed", place) for place in before if place not in after)
    for place, choice in after.items():
        if place not in before:
            yield Change("added", place)
        else:
            yield from _texts(place, "label", before[place]["label"], choice["label"])
            yield from _texts(place, "", before[place]["columns"], choice["columns"])


def _settings(old: Form, new: Form) -> Iterator[Change]:
    for key in dict.fromkeys([*old.settings, *new.settings]):
        if key != "version":
            yield from _texts(f"settings/{key}", key, old.settings.get(key, ""), new.settings.get(key, ""))
    before, after = old.definition["tables"], new.definition["tables"]
    for name in dict.fromkeys([*before, *after]):
        if name not in before or name not in after:
            yield Change("added" if name in after else "removed", f"{name}.csv")
        elif before[name] != after[name]:
            yield Change("changed", f"{name}.csv", "", f"{len(before[name])}", f"{len(after[name])}")
