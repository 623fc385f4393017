"""Asking a form one question at a time. Pure: (form, state, answer) → state; no clock, no channel.

What callers use::

    state = start(form, seed=7, now=now, zone="America/Bogota", preset={"phase": "2"}, language="Español (es)")
    asked = ask(form, state)                       # Ask, or None at the end
    result = answer(form, state, "4", now=now)     # Answered(state, saved, violation, message)
    state = back(form, state)                      # the question before
    state = goto(form, state, "/data/rep[2]/x")    # a question dealt with before, to be corrected
    values(form, state)                            # what has been answered, calculated or preset, by path
    preview(form, "age", now=now, tz=zone)         # one question out of any conversation

Details that the shape does not tell:

* ``answer`` takes a typed XForms value. ``None`` leaves the question as it is (skips it, keeps a default); ``""``
  blanks it. For a note anything goes on; for a repeat (``kind="repeat"``) a word of yes adds an instance and anything
  else closes it.
* A refused answer leaves the state as it was. ``saved`` lists every value that changed as others see it, calculations
  included, and answers that lost (``""`` then) or regained their relevance.
* A correction asks again only what became newly relevant, and a select whose choice is not offered any more: answers
  given before stay.
* ``State`` is immutable and JSON (``to_json``/``from_json``); it belongs to one version of one form.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from surveys.codecs import encode
from surveys.expressions import EvaluationError
from surveys.expressions.dates import of_moment
from surveys.expressions.nodes import At, Element, Positions
from surveys.expressions.values import plain_number
from surveys.form import Form, Group, Node, Question, Repeat, Texts, chosen
from surveys.instance import MAXIMUM_INSTANCES, Instance
from surveys.state import State

__all__ = [
    "Answered",
    "Ask",
    "Offered",
    "Saved",
    "State",
    "answer",
    "ask",
    "back",
    "goto",
    "preview",
    "start",
    "values",
]

Violation = Literal["type", "choice", "constraint", "required"]
_POSITIONS = re.compile(r"\[\d+\]")
_YES = frozenset({"yes", "true", "true()", "1", "si", "sí", "add"})


@dataclass(frozen=True, slots=True)
class Offered:
    """A choice as it is offered: ``media`` maps image, audio, video to a file name."""

    name: str
    label: str
    media: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked now. ``path`` is the instance's, ``/data/rep[2]/x``; for a repeat the instance that would be added.

    ``position`` of ``total`` counts the questions that are relevant as things stand. ``value`` is what stands there
    already. ``groups`` are the titles of the groups around, from the outside in.
    """

    kind: Literal["question", "note", "repeat"]
    path: str
    name: str
    node: Question | Repeat
    instance: Positions
    text: str
    hint: str = ""
    guidance: str = ""
    choices: tuple[Offered, ...] = ()
    required: bool = False
    position: int = 0
    total: int = 0
    value: str = ""
    media: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = ()

    @property
    def question(self) -> Question:
        """The question that is asked. Raises TypeError for a repeat."""
        if not isinstance(self.node, Question):
            raise TypeError(f"{self.path} is a repeat")
        return self.node


@dataclass(frozen=True, slots=True)
class Saved:
    """One value that changed: where, the question's name, its repeat positions, and what it is now (blank if gone)."""

    path: str
    name: str
    instance: Positions
    value: str


@dataclass(frozen=True, slots=True)
class Answered:
    state: State
    saved: tuple[Saved, ...] = ()
    violation: Violation | None = None
    message: str = ""


class _Stop(NamedTuple):
    """A place where the conversation may stop: a question, a note, or a repeat's «is there another?»."""

    node: Question | Repeat
    positions: Positions
    key: str

    @property
    def at(self) -> At:
        return At(self.node.element, self.positions)


def start(
    form: Form,
    *,
    seed: int,
    now: datetime,
    zone: str,
    preset: Mapping[str, str] | None = None,
    language: str | None = None,
) -> State:
    """A conversation at its beginning. ``now`` must know its zone; ``preset`` gives hidden questions values by name."""
    state = State(seed=seed, now="", zone=zone, language=language).at_time(now)
    instance = Instance(form, state)
    instance.initialise(form.scope.root.children.values(), ())
    known = _known(instance) | dict(preset or {})
    for question in form.questions:
        if not question.element.repeats and (text := known.get(question.name, known.get(f"<{question.type}>", ""))):
            instance.store(question, At(question.element, ()), encode(question.data_type, text).stored)
    instance.settle()
    return instance.state()


def _known(instance: Instance) -> dict[str, str]:
    """What metadata questions hold without asking, by type."""
    now = instance.now
    instance.drawing("instanceID")
    digits = "".join(f"{int(instance.random() * 16):x}" for _ in range(32))
    identifier = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
    return {
        "<start>": now.isoformat(timespec="milliseconds"),
        "<today>": of_moment(now.replace(hour=0, minute=0, second=0, microsecond=0)).text,
        "<instanceID>": f"uuid:{identifier}",
    }


def preview(form: Form, name: str, *, now: datetime, tz: ZoneInfo) -> Ask:
    """One question as a conversation that has just begun would ask it, whether it is relevant or not.

    ``name`` is its name or path. Where a filter leaves no choices so early, all are there. Raises KeyError where the
    form has no such question.
    """
    question = form.question(name)
    instance = Instance(form, start(form, seed=0, now=now, zone=tz.key))
    at = At(question.element, (1,) * len(question.element.repeats))
    asked = _asked(instance, _Stop(question, at.positions, at.key), 1, 1)
    if not question.is_select or asked.choices:
        return asked
    everything = form.lists[question.choices].choices if question.choices in form.lists else ()
    labels = (Offered(choice.name, instance.choice_label(choice, at)) for choice in everything)
    return replace(asked, choices=tuple(labels))


def ask(form: Form, state: State) -> Ask | None:
    """What is asked now, or None when there is nothing left."""
    instance = Instance(form, state)
    stop, position, total = _next(instance)
    return None if stop is None else _asked(instance, stop, position, total)


def answer(form: Form, state: State, value: str | None, now: datetime | None = None) -> Answered:
    """Answer what is asked now. ``now`` moves the conversation's clock to this turn."""
    state = state.at_time(now)
    instance = Instance(form, state)
    stop, _, _ = _next(instance, counting=False)
    if stop is None:
        return Answered(state)
    if isinstance(stop.node, Repeat):
        return _answer_repeat(instance, stop, value)
    if stop.node.is_note or _read_only(instance, stop.node, stop.at):
        return Answered(_passed(instance, stop.key))
    return _answer_question(instance, stop, stop.node, value)


def back(form: Form, state: State) -> State:
    """Ask again what was dealt with last. At the beginning nothing changes."""
    done = list(state.done)
    instance = Instance(form, state)
    if state.at is not None and state.at in done:
        done = done[: done.index(state.at)]
    while done:
        key = done.pop()
        stop = _stop(instance, key)
        if stop is not None:
            return replace(state, done=tuple(done), at=key)
    return replace(state, at=None)


def goto(form: Form, state: State, path: str) -> State:
    """Ask a question again, to be corrected; then the conversation goes on where it was. Raises KeyError."""
    if _stop(Instance(form, state), path) is None:
        raise KeyError(path)
    return replace(state, at=path)


def values(form: Form, state: State) -> dict[str, str]:
    """Every value that is not blank, by path, as others see it: what is irrelevant now is left out."""
    instance = Instance(form, state)
    found: dict[str, str] = {}
    for _, at in questions(instance):
        text = instance.value(at.element, at.positions)
        if text:
            found[at.key] = text
    return found


def questions(instance: Instance) -> Iterator[tuple[Question, At]]:
    """Every question of every instance in document order, relevant or not."""
    return _questions(instance, instance.form.root, ())


def _questions(instance: Instance, nodes: tuple[Node, ...], positions: Positions) -> Iterator[tuple[Question, At]]:
    for node in nodes:
        if isinstance(node, Question):
            yield node, At(node.element, positions)
        elif isinstance(node, Group):
            yield from _questions(instance, node.children, positions)
        else:
            for position in range(1, instance.count(node.element, positions) + 1):
                yield from _questions(instance, node.children, (*positions, position))


# Where the conversation is


def _stops(instance: Instance, nodes: tuple[Node, ...], positions: Positions) -> Iterator[_Stop]:
    """The relevant stops in document order."""
    irrelevant = instance.irrelevant
    for node in nodes:
        element = node.element
        if node.relevant is not None and element.gate_key(positions) in irrelevant:
            continue
        if isinstance(node, Question):
            if node.shown:
                yield _Stop(node, positions, element.key(positions))
        elif isinstance(node, Group):
            yield from _stops(instance, node.children, positions)
        else:
            yield from _repeat_stops(instance, node, positions)


def _repeat_stops(instance: Instance, repeat: Repeat, outer: Positions) -> Iterator[_Stop]:
    count = instance.count(repeat.element, outer)
    for position in range(1, count + 1):
        if repeat.count is None:
            yield _repeat_stop(repeat, (*outer, position))
        yield from _stops(instance, repeat.children, (*outer, position))
    if repeat.count is None and count < MAXIMUM_INSTANCES:
        yield _repeat_stop(repeat, (*outer, count + 1))


def _repeat_stop(repeat: Repeat, positions: Positions) -> _Stop:
    return _Stop(repeat, positions, repeat.element.key(positions))


def _next(instance: Instance, counting: bool = True) -> tuple[_Stop | None, int, int]:
    """The first stop not dealt with (or the one that is asked again), its place among the questions, and how many.

    Without ``counting`` it looks no further than that stop, and the numbers mean nothing.
    """
    state = instance.before
    done = set(state.done)
    done.difference_update(key for key, left in state.filtered.items() if not left and _chosen(instance.form, key))
    if state.at is not None:
        done.discard(state.at)
    first: _Stop | None = None
    position = total = 0
    for stop in _stops(instance, instance.form.root, ()):
        counted = isinstance(stop.node, Question) and not stop.node.is_note
        total += counted
        wanted = stop.key == state.at if state.at is not None else stop.key not in done
        if wanted and first is None and _can_be_answered(instance, stop):
            first, position = stop, total
            if not counting:
                break
    if first is None and state.at is not None:
        instance.before = replace(state, at=None)
        return _next(instance, counting)
    return first, position or 1, total


def _can_be_answered(instance: Instance, stop: _Stop) -> bool:
    """A select that has nothing to offer is passed over: wanted or not, nobody could answer it."""
    if not isinstance(stop.node, Question) or not stop.node.is_select:
        return True
    return bool(instance.choices(stop.node, stop.at))


def _chosen(form: Form, key: str) -> bool:
    """Whether a select is chosen by the person: one that is calculated cannot be answered otherwise."""
    node = form.by_path.get(_POSITIONS.sub("", key))
    return isinstance(node, Question) and node.calculation is None


def _stop(instance: Instance, key: str) -> _Stop | None:
    """The stop of a path, if the conversation can stop there now; notes are only passed by."""
    for stop in _stops(instance, instance.form.root, ()):
        if stop.key == key:
            return None if isinstance(stop.node, Question) and stop.node.is_note else stop
    return None


def _passed(instance: Instance, key: str) -> State:
    state = instance.state()
    done = state.done if key in state.done else (*state.done, key)
    return replace(state, done=done, at=None)


# What is asked


def _asked(instance: Instance, stop: _Stop, position: int, total: int) -> Ask:
    node, at = stop.node, stop.at
    asked = Ask(
        kind="repeat",
        path=stop.key,
        name=node.name,
        node=node,
        instance=at.positions,
        text=text_of(instance, node.label, at),
        position=position,
        total=total,
        groups=_group_titles(instance, at),
    )
    if isinstance(node, Repeat):
        return asked
    note = node.is_note or _read_only(instance, node, at)
    return replace(
        asked,
        kind="note" if note else "question",
        hint=text_of(instance, node.hint, at),
        guidance=text_of(instance, node.guidance, at),
        choices=tuple(offered(instance, node, at)),
        required=instance.true(node.required, at, otherwise=False),
        value=instance.value(at.element, at.positions),
        media={kind: _in_language(instance, files) for kind, files in node.media.items()},
    )


def offered(instance: Instance, question: Question, at: At) -> Iterator[Offered]:
    """The choices of a select with their labels in the conversation's language."""
    if not question.is_select:
        return
    for choice in instance.choices(question, at):
        media = {kind: _in_language(instance, files) for kind, files in choice.media.items()}
        yield Offered(choice.name, instance.choice_label(choice, at), media)


def text_of(instance: Instance, texts: Texts, at: At) -> str:
    template = chosen(texts, instance.before.language, instance.form.default_language)
    if template is None:
        return ""
    try:
        return template.text(instance, at).strip()
    except EvaluationError:
        return "".join(part for part in template.parts if isinstance(part, str)).strip()


def _in_language(instance: Instance, files: Mapping[str, str]) -> str:
    for language in (instance.before.language, "", instance.form.default_language):
        if language is not None and files.get(language):
            return files[language]
    return next(iter(files.values()), "")


def _group_titles(instance: Instance, at: At) -> tuple[str, ...]:
    titles: list[str] = []
    above = at.above()
    while above is not None:
        node = instance.form.by_path.get(above.element.path)
        if isinstance(node, (Group, Repeat)) and (title := text_of(instance, node.label, above)):
            titles.append(title)
        above = above.above()
    return tuple(reversed(titles))


def _read_only(instance: Instance, question: Question, at: At) -> bool:
    return instance.true(question.read_only, at, otherwise=False)


# Answers


def _answer_repeat(instance: Instance, stop: _Stop, value: str | None) -> Answered:
    element, outer = stop.at.element, stop.at.positions[:-1]
    position = stop.at.positions[-1]
    if (value or "").strip().lower() in _YES:
        if position > instance.count(element, outer):
            instance.resize(element, outer, position)
            instance.settle()
        return Answered(_passed(instance, stop.key), _saved(instance))
    if position <= instance.count(element, outer):
        instance.resize(element, outer, position - 1)
        instance.settle()
    return Answered(_passed(instance, stop.key), _saved(instance))


def _answer_question(instance: Instance, stop: _Stop, question: Question, value: str | None) -> Answered:
    at, before = stop.at, instance.before
    if value is None and before.filtered.get(stop.key) == "":
        value = ""  # what was chosen is not offered any more: skipped, it does not come back
    if value is not None:
        refusal = refused(instance, question, at, value)
        if refusal is not None:
            return Answered(before, violation=refusal)
        instance.set(question, at, stored(instance, question, at, value))
    violation = violated(instance, question, at)
    if violation is not None:
        texts = question.constraint_message if violation == "constraint" else question.required_message
        return Answered(before, violation=violation, message=text_of(instance, texts, at))
    return Answered(_passed(instance, stop.key), _saved(instance))


def refused(instance: Instance, question: Question, at: At, value: str) -> Violation | None:
    """Whether a value is not of the question's type, or not among its choices."""
    if value == "":
        return None
    if question.is_select:
        names = [choice.name for choice in instance.choices(question, at)]
        given = chosen_names(question, value)
        if question.type == "rank":
            return None if sorted(given) == sorted(names) else "choice"
        return None if given and set(given) <= set(names) else "choice"
    if question.type == "acknowledge":
        return None if value.lower() == "ok" else "type"
    encoded = encode(question.data_type, value)
    if not encoded.valid:
        return "type"
    return None if in_range(question, encoded.stored) else "type"


def chosen_names(question: Question, value: str) -> list[str]:
    return [value] if question.type == "select_one" else value.split()


def in_range(question: Question, stored_text: str) -> bool:
    """Whether a number lies between the ends of a range question; other questions have none."""
    if question.type != "range":
        return True
    ends = [plain_number(question.parameters.get(key, default)) for key, default in (("start", "1"), ("end", "10"))]
    return min(ends) <= plain_number(stored_text) <= max(ends)


def stored(instance: Instance, question: Question, at: At, value: str) -> str:
    """What is kept of a value: several choices in the order of their list, numbers and places in their stored form."""
    if question.is_select:
        given = chosen_names(question, value)
        names = [choice.name for choice in instance.choices(question, at)]
        if question.type == "select_multiple":
            return " ".join(name for name in dict.fromkeys(names) if name in given)
        return " ".join(name for name in given if name in names)
    if question.type == "acknowledge":
        return "OK" if value.lower() == "ok" else ""
    text = encode(question.data_type, value).stored
    return text if in_range(question, text) else ""


def violated(instance: Instance, question: Question, at: At) -> Violation | None:
    """Whether the value that stands now breaks the constraint, which a blank never does, or is wanted and missing."""
    text = instance.value(at.element, at.positions)
    if text:
        return None if instance.true(question.constraint, at, otherwise=True) else "constraint"
    return "required" if instance.true(question.required, at, otherwise=False) else None


def _saved(instance: Instance) -> tuple[Saved, ...]:
    before = Instance(instance.form, instance.before)
    saved: list[Saved] = []
    touched: list[tuple[Element, Positions]] = sorted(instance.touched, key=lambda place: (place[0].order, place[1]))
    for element, positions in touched:
        if not isinstance(instance.form.by_path.get(element.path), Question):
            continue
        text = instance.value(element, positions)
        if text != before.value(element, positions):
            saved.append(Saved(element.key(positions), element.name, positions, text))
    return tuple(saved)
