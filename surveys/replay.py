"""Typed answers by question name → what a form does with them, step by step, in the shape of recorded traces.

The walk is the recording script's, not a conversation's: every question is asked once, in document order; an answer of
the wrong type or not among the choices is refused; one whose attempts all fail is left blank; a blank keeps a default.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from surveys import engine
from surveys.expressions import EvaluationError
from surveys.expressions.nodes import At, Positions
from surveys.form import ANY, Choice, Form, Group, Node, Question, Repeat, Template, Texts, build
from surveys.instance import Instance

Step = dict[str, Any]

_UPLOADS = {"image": "image/*", "audio": "audio/*", "video": "video/*", "file": "application/*", "osm": "osm/*"}
_FOLDERS = {"image": "images", "big-image": "images", "audio": "audio", "video": "video"}
# The device that the recording pretends to be.
DEVICE = {
    "<deviceid>": "oracle:device",
    "<phonenumber>": "+15550001",
    "<username>": "oracle",
    "<email>": "o@example.org",
}
_MISSING = "-"


def replay(form: Form, answers: Mapping[str, Any], now: datetime, tz: ZoneInfo) -> dict[str, Any]:
    """Replay a form. ``answers`` is ``{"answers": {name: [one each time it is asked]}}``, or what is inside it.

    An answer is a typed value, None, or ``{"attempts": [values in order]}``. The form may be a draft with errors
    (``draft_form``): a question that no conversation can ask is replayed all the same. Returns ``visited``, ``steps``,
    ``values``, ``calculated``, ``violations`` and the languages. ``now`` must know its zone.
    """
    form = as_recorded(form)
    given = answers.get("answers", answers)
    seed = answers.get("seed", 0) if "answers" in answers else 0
    state = engine.start(form, seed=seed, now=now, zone=tz.key, preset=DEVICE)
    return _Script(Instance(form, state), given).run()


def as_recorded(form: Form) -> Form:
    """The form as Web Forms takes it: a select over external_choices is free text there."""
    definition = json.loads(form.to_json())
    changed = [node for node in _definitions(definition["survey"]) if node.get("external")]
    for node in changed:
        node |= {"type": "text", "choices": "", "choice_filter": "", "external": False}
    return build(definition) if changed else form


def _definitions(nodes: list[Step]) -> Iterator[Step]:
    for node in nodes:
        yield node
        yield from _definitions(node.get("children", []))


class _Script:
    def __init__(self, instance: Instance, answers: Mapping[str, Any]) -> None:
        self.instance = instance
        self.form = instance.form
        self.answers = answers
        self.asked: dict[str, int] = {}
        self.steps: list[Step] = []
        self.languages = form_languages(self.form)

    def run(self) -> dict[str, Any]:
        self.walk(self.form.root, ())
        values = list(self.values())
        return {
            "languages": [
                {"language": name, "isDefault": name == self.form.default_language} for name in self.languages
            ],
            "defaultLanguage": self.languages[0],
            "steps": self.steps,
            "visited": [step["ref"] for step in self.steps if step["event"] == "question"],
            "values": values,
            "calculated": {
                value["ref"]: value["value"] for value in values if value["kind"] in ("note", "model-value")
            },
            "violations": list(self.violations()),
        }

    # The walk

    def walk(self, nodes: tuple[Node, ...], positions: Positions) -> None:
        for node in nodes:
            if node.relevant is not None and node.element.gate_key(positions) in self.instance.irrelevant:
                continue
            if isinstance(node, Question):
                if not node.is_silent:
                    self.steps.append(self.question(node, At(node.element, positions)))
            elif isinstance(node, Group):
                self.walk(node.children, positions)
            else:
                self.repeat(node, positions)

    def repeat(self, repeat: Repeat, outer: Positions) -> None:
        element, position = repeat.element, 0
        wanted = None if repeat.count is not None else int(self.next_answer(f"repeat:{repeat.name}") or 0)
        while True:
            position += 1
            if wanted is None:
                if position > self.instance.count(element, outer):
                    return
            else:
                self.steps.append(self.prompt(repeat, outer, position, position <= wanted))
                if position > wanted:
                    self.instance.resize(element, outer, wanted)
                    self.instance.settle()
                    return
                self.instance.resize(element, outer, max(position, self.instance.count(element, outer)))
                self.instance.settle()
            self.walk(repeat.children, (*outer, position))

    def prompt(self, repeat: Repeat, outer: Positions, position: int, add: bool) -> Step:
        label = self.default_text(repeat.label, At(repeat.element, (*outer, 0)))
        return {
            "event": "repeat-prompt",
            "repeat": repeat.name,
            "ref": repeat.element.range_key(outer),
            "index": position,
            "add": add,
            "label": {name: label if index == 0 else None for index, name in enumerate(self.languages)},
        }

    def next_answer(self, name: str) -> Any:
        """The k-th time a name is asked gets the k-th answer; when they run out, none."""
        given = self.answers.get(name)
        turn = self.asked.get(name, 0)
        self.asked[name] = turn + 1
        if not isinstance(given, list):
            return given if turn == 0 else None
        return given[turn] if turn < len(given) else None

    # Questions

    def question(self, question: Question, at: At) -> Step:
        instance = self.instance
        read_only = question.is_note or instance.true(question.read_only, at, otherwise=False)
        step: Step = {
            "event": "question",
            "name": question.name,
            "ref": at.key,
            "type": "note" if _is_note(question) else _type_name(question),
            "control": "note" if _is_note(question) else _control(question),
            "bind": question.data_type,
        }
        step |= self.surroundings(question, at)
        step["required"] = instance.true(question.required, at, otherwise=False)
        step["readonly"] = read_only
        if question.is_select:
            step["choices"] = list(self.choices(question, at))
        if question.type == "range":
            step["range"] = {key: _number(question.parameters.get(key, default)) for key, default in _RANGE.items()}
        if question.type in _UPLOADS:
            step["accept"] = _UPLOADS[question.type]
        if read_only:
            return step | {"outcome": "display", "value": self.shown(at)}
        return step | self.answered(question, at)

    def surroundings(self, question: Question, at: At) -> Step:
        step: Step = {}
        groups = list(self.groups(at))
        if groups:
            step["groups"] = groups
        if question.appearance:
            step["appearance"] = question.appearance.split()
        step["label"] = self.texts(question.label, at, media=bool(question.media), missing="")
        if question.hint or question.guidance:
            step["hint"] = self.hint(question, at)
        if question.media:
            step["media"] = {kind: self.media(kind, files) for kind, files in question.media.items()}
        return step

    def answered(self, question: Question, at: At) -> Step:
        given = self.next_answer(question.name)
        initial = self.shown(at)
        step: Step = {"initial": initial} if initial else {}
        step["given"] = given
        tries = given["attempts"] if isinstance(given, dict) else [given]
        attempts: list[Step] = []
        for text in tries:
            attempts.append(self.attempt(question, at, text))
            if attempts[-1]["accepted"]:
                break
        step["attempts"] = attempts
        last = attempts[-1]
        if not last["accepted"]:
            self.instance.set(question, at, "")
            outcome = "blank"
        elif last["given"] in (None, ""):
            outcome = "kept-default" if self.shown(at) else "blank"
        else:
            outcome = "answered"
        return step | {"outcome": outcome, "value": self.shown(at)}

    def attempt(self, question: Question, at: At, given: Any) -> Step:
        text = "" if given is None else str(given)
        attempt: Step = {"given": given}
        good = True
        if text:
            refusal = engine.refused(self.instance, question, at, text)
            self.instance.set(question, at, engine.stored(self.instance, question, at, text))
            attempt["stored"] = self.shown(at)
            attempt["typeValid"] = refusal != "type"
            if question.is_select:
                attempt["choiceValid"] = refusal != "choice"
            good = refusal is None
        else:
            if given == "":
                self.instance.set(question, at, "")
            attempt["stored"] = self.shown(at)
        attempt["constraint"] = self.constraint(question, at)
        attempt["requiredOk"] = self.required_kept(question, at)
        attempt["accepted"] = good and attempt["constraint"]["valid"] and attempt["requiredOk"]
        return attempt

    def constraint(self, question: Question, at: At) -> Step:
        if engine.violated(self.instance, question, at) != "constraint":
            return {"valid": True}
        texts = question.constraint_message
        if not texts:
            return {"valid": False, "message": dict.fromkeys(self.languages)}
        return {"valid": False, "message": self.texts(texts, at)}

    def required_kept(self, question: Question, at: At) -> bool:
        return engine.violated(self.instance, question, at) != "required"

    def shown(self, at: At) -> str:
        return self.instance.value(at.element, at.positions)

    # Texts

    def texts(self, texts: Texts, at: At, *, media: bool = False, missing: str = _MISSING) -> dict[str, str]:
        """A text in every language of the form; one that has pictures or notes lies in the default language alone."""
        if not texts and (media or missing == ""):
            return dict.fromkeys(self.languages, "")
        if media and ANY in texts:
            texts = {self.languages[0]: texts[ANY]}
        return {name: self.text(texts.get(name) or texts.get(ANY), at) for name in self.languages}

    def hint(self, question: Question, at: At) -> dict[str, str]:
        """Web Forms runs the guidance on after the hint."""
        hint = self.texts(question.hint, at, media=bool(question.guidance), missing="")
        guidance = self.texts(question.guidance, at, media=True)
        return {name: hint[name] + guidance[name] for name in self.languages}

    def text(self, template: Template | None, at: At) -> str:
        if template is None:
            return _MISSING
        try:
            text = template.text(self.instance, at)
        except EvaluationError:
            return ""
        return _spaced(template, text)

    def default_text(self, texts: Texts, at: At) -> str:
        return "" if not texts else self.text(texts.get(self.languages[0]) or texts.get(ANY), at)

    def media(self, kind: str, files: Mapping[str, str]) -> str:
        name = files.get(self.languages[0]) or files.get(ANY) or next(iter(files.values()), "")
        return f"jr://{_FOLDERS[kind]}/{name}"

    def groups(self, at: At) -> Iterator[Step]:
        found: list[Step] = []
        above = at.above()
        while above is not None:
            node = self.form.by_path.get(above.element.path)
            if isinstance(node, Group):
                label = self.text(node.label.get(self.languages[0]) or node.label.get(ANY), above)
                found.append({"name": node.name, "kind": "group", "label": label if node.label else None})
            elif isinstance(node, Repeat):
                label = self.default_text(node.label, above)
                step = {"name": node.name, "kind": "repeat-instance", "position": above.positions[-1]}
                found.append(step | {"label": label})
            above = above.above()
        yield from reversed(found)

    def choices(self, question: Question, at: At) -> Iterator[Step]:
        offered = self.instance.choices(question, at)
        listed = self.form.lists.get(question.choices)
        translated = listed is not None and any(_needs_translation(choice) for choice in listed.choices)
        for choice in offered:
            texts = choice.label
            if not texts:
                label = dict.fromkeys(self.languages, "" if choice.media or translated else choice.name)
            else:
                label = self.texts(texts, at, media=translated)
            yield {"value": choice.name, "label": label}

    # The end

    def values(self) -> Iterator[Step]:
        for question, at in engine.questions(self.instance):
            yield {
                "ref": at.key,
                "kind": self.kind(question),
                "bind": question.data_type,
                "relevant": self.instance.is_relevant(at),
                "value": self.shown(at),
            }

    def kind(self, question: Question) -> str:
        if question.is_silent:
            return "model-value"
        return "note" if _is_note(question) else _control(question)

    def violations(self) -> Iterator[Step]:
        for question, at in engine.questions(self.instance):
            if question.is_silent or question.is_note or not self.instance.is_relevant(at):
                continue
            violation = engine.violated(self.instance, question, at)
            if violation is not None:
                yield {"ref": at.key, "condition": violation}


_RANGE = {"start": "1", "end": "10", "step": "1"}


def _spaced(template: Template, text: str) -> str:
    """pyxform writes a space around a text that mixes words with values, and Web Forms keeps it."""
    if len(template.parts) < 2 or not any(isinstance(part, str) for part in template.parts):
        return text
    return f"{' ' if isinstance(template.parts[0], str) else ''}{text} "


def _is_note(question: Question) -> bool:
    """Web Forms makes a note of whatever is typed in but can never be written to, and has a text."""
    said = bool(question.label or question.hint or question.media)
    return question.is_note and _control(question) == "input" and said


def _type_name(question: Question) -> str:
    return "upload" if question.type in _UPLOADS else question.type


def _control(question: Question) -> str:
    if question.type in _UPLOADS:
        return "upload"
    if question.type == "acknowledge":
        return "trigger"
    if question.type in ("range", "rank"):
        return question.type
    return "select" if question.is_select else "input"


def _number(text: str) -> float | int:
    number = float(text)
    return int(number) if number.is_integer() else number


def _needs_translation(choice: Choice) -> bool:
    return (
        bool(choice.media)
        or any(key != ANY for key in choice.label)
        or any(template.filled for template in choice.label.values())
    )


def form_languages(form: Form) -> list[str]:
    """The languages that a form's texts are in, the default first; ``[""]`` where nothing is translated."""
    found: dict[str, None] = {}
    for choice in (choice for listed in form.lists.values() for choice in listed.choices):
        found |= dict.fromkeys(_languages_of(form, choice.label, choice.media))
    for node in form.nodes:
        media = node.media if isinstance(node, Question) else {}
        for texts in _all_texts(node):
            found |= dict.fromkeys(_languages_of(form, texts, media))
    if form.default_language in found:
        return list(dict.fromkeys([form.default_language, *found]))
    return list(found) or [""]


def _languages_of(form: Form, texts: Texts, media: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    yield from (key for key in texts if key != ANY)
    yield from (key or form.default_language for files in media.values() for key in files)


def _all_texts(node: Node) -> Iterator[Texts]:
    yield node.label
    if isinstance(node, Question):
        yield from (node.hint, node.guidance, node.constraint_message, node.required_message)
