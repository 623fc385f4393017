"""The values of one conversation, alive during a turn: what expressions read, and what follows when a value changes."""

import hashlib
import heapq
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from functools import cached_property
from zoneinfo import ZoneInfo

from surveys.codecs import encode
from surveys.dependencies import Computation, Dependencies, dependencies
from surveys.expressions import EvaluationError, Expression
from surveys.expressions.nodes import At, Element, Positions, Row, Table, instances
from surveys.expressions.values import to_number, to_text
from surveys.form import Choice, Form, Question, Repeat, chosen
from surveys.state import State

# What a conversation may hold and a turn may cost, whatever the form says.
MAXIMUM_INSTANCES = 200
MAXIMUM_ALL_INSTANCES = 1_000
MAXIMUM_STEPS = 300_000
MAXIMUM_SLOW_PATTERNS = 3


class Instance:
    """A state opened up to be read and changed. ``state()`` closes it again; the state it came from stays as it was."""

    def __init__(self, form: Form, state: State) -> None:
        self.form = form
        self.before = state
        self.values = dict(state.values)
        self.irrelevant = dict(state.irrelevant)
        self.filtered = dict(state.filtered)
        self.counts = dict(state.counts)
        # Instances whose value, as others see it, may have changed since the state was opened.
        self.touched: dict[tuple[Element, Positions], bool] = {}
        self._draw_key = ""
        self._draws = 0
        self._steps = 0
        self._slow: set[str] = set()
        # While defaults are filled in, nothing is triggered.
        self._beginning = False
        self._waiting: list[tuple[int, Positions]] = []
        self._queued: set[tuple[int, Positions]] = set()

    def state(self) -> State:
        return replace(
            self.before,
            values=self.values,
            irrelevant=self.irrelevant,
            filtered=self.filtered,
            counts=self.counts,
        )

    # What expressions see (nodes.World)

    @cached_property
    def zone(self) -> tzinfo:
        return ZoneInfo(self.before.zone)

    @cached_property
    def now(self) -> datetime:
        return datetime.fromisoformat(self.before.now)

    def value(self, element: Element, positions: Positions) -> str:
        for gate in element.gates:
            if gate.gate_key(positions) in self.irrelevant:
                return ""
        key = element.key(positions)
        found = self.filtered.get(key)
        return self.values.get(key, "") if found is None else found

    def count(self, repeat: Element, positions: Positions) -> int:
        return self.counts.get(repeat.range_key(positions), 0)

    def table(self, name: str) -> Table | None:
        return self.form.tables.get(name)

    def label(self, element: Element, positions: Positions, value: str) -> str:
        node = self.form.by_path.get(element.path)
        if not isinstance(node, Question) or not node.is_select:
            return ""
        at = At(element, positions)
        for choice in self.choices(node, at):
            if choice.name == value:
                return self.choice_label(choice, at)
        return ""

    def spend(self, steps: int) -> None:
        self._steps += steps
        if self._steps > MAXIMUM_STEPS:
            raise EvaluationError("the form takes too much work")

    def give_up(self, pattern: str) -> None:
        self._slow.add(pattern)

    def is_given_up(self, pattern: str) -> bool:
        return pattern in self._slow or len(self._slow) >= MAXIMUM_SLOW_PATTERNS

    def random(self) -> float:
        """A draw hangs on the seed, on what is being worked out and on how many it drew: never on the past."""
        self._draws += 1
        text = f"{self.before.seed}/{self._draw_key}/{self._draws}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big") / 2**56

    def drawing(self, key: str) -> None:
        self._draw_key, self._draws = key, 0

    # Reading

    def is_relevant(self, at: At) -> bool:
        return not any(gate.gate_key(at.positions) in self.irrelevant for gate in at.element.gates)

    def true(self, expression: Expression | None, at: At, otherwise: bool) -> bool:
        """A condition's result; ``otherwise`` where there is none or it cannot be worked out."""
        if expression is None:
            return otherwise
        try:
            return expression.boolean(self, at)
        except EvaluationError:
            return otherwise

    def choices(self, question: Question, at: At) -> Sequence[Choice]:
        """The choices a select offers now, in their order."""
        if question.items is None:
            found = self.form.lists.get(question.choices)
            return found.choices if found else ()
        self.drawing(f"choices {at.key}")
        try:
            nodes = question.items.nodes(self, at)
        except EvaluationError:
            return ()
        offered: list[Choice] = []
        for node in nodes:
            if isinstance(node, Row):
                choice = self.form.choice_of(node, question)
                if choice is not None:
                    offered.append(choice)
            elif isinstance(node, At) and question.source is not None:
                text = self.value(question.source, node.positions)
                if text:
                    offered.append(Choice.plain(text))
        return offered

    def choice_label(self, choice: Choice, at: At) -> str:
        template = chosen(choice.label, self.before.language, self.form.default_language)
        if template is None:
            return choice.name
        try:
            return template.text(self, at).strip() or choice.name
        except EvaluationError:
            return choice.name

    # Changing

    def set(self, question: Question, at: At, text: str) -> None:
        """Store a value and work out all that follows from it."""
        self.store(question, at, text)
        self.settle()

    def store(self, question: Question, at: At, text: str) -> None:
        key = at.key
        if self.values.get(key, "") == text and key not in self.filtered:
            return
        if text:
            self.values[key] = text
        else:
            self.values.pop(key, None)
        self.filtered.pop(key, None)
        if question.is_select:
            self._queue_own(at.element, at.positions, "filter")
        self._changed(at.element, at.positions)

    @cached_property
    def _graph(self) -> Dependencies:
        return dependencies(self.form)

    def _queue(self, computation: Computation, positions: Positions) -> None:
        entry = (computation.rank, positions)
        if entry not in self._queued:
            self._queued.add(entry)
            heapq.heappush(self._waiting, entry)

    def _queue_own(self, element: Element, positions: Positions, kind: str) -> None:
        for computation in self._graph.own.get(element, ()):
            if computation.kind == kind and not computation.triggered:
                self._queue(computation, positions)

    def _queue_reader(self, computation: Computation, fixed: Positions) -> None:
        """Every instance of a computation inside these outer positions, as far as it lies in repeats itself."""
        element = computation.element
        for at in instances(element, fixed[: len(element.repeats)], self):
            self._queue(computation, at.positions)

    def _changed(self, element: Element, positions: Positions) -> None:
        """Queue whoever reads this instance."""
        self.touched[element, positions] = True
        for computation, shared in self._graph.readers.get(element, ()):
            if computation.triggered and self._beginning:
                continue
            self._queue_reader(computation, positions[:shared])

    def settle(self) -> None:
        """Work out what is queued, lowest rank first, each once: so a circle is cut where it closes."""
        ordered = self._graph.ordered
        seen: set[tuple[int, Positions]] = set()
        while self._waiting:
            rank, positions = heapq.heappop(self._waiting)
            if (rank, positions) not in seen:
                seen.add((rank, positions))
                self._work_out(ordered[rank], positions)
        self._queued.clear()

    def _work_out(self, computation: Computation, positions: Positions) -> None:
        at = At(computation.element, positions)
        match computation.kind:
            case "relevant":
                self._relevance(computation, at)
            case "count":
                self._count(computation, at)
            case "calculation":
                self._calculation(computation, at)
            case "filter":
                self._filter(computation, at)

    def _relevance(self, computation: Computation, at: At) -> None:
        element = computation.node.element
        key = element.gate_key(at.positions)
        self.drawing(f"relevant {key}")
        place = At(element, (*at.positions, 0)) if element.is_repeat else at
        relevant = self.true(computation.expression, place, otherwise=True)
        if relevant == (key not in self.irrelevant):
            return
        if relevant:
            del self.irrelevant[key]
        else:
            self.irrelevant[key] = True
        for below in element.walk():
            for inner in instances(below, at.positions, self):
                self._changed(below, inner.positions)
                if relevant:
                    self._queue_own(below, inner.positions, "calculation")

    def _calculation(self, computation: Computation, at: At) -> None:
        question = computation.node
        if computation.expression is None or not isinstance(question, Question) or not self.is_relevant(at):
            return
        self.drawing(f"calculation {at.key}")
        try:
            value = to_text(computation.expression.value(self, at), self)
        except EvaluationError:
            value = ""
        self.store(question, at, encode(question.data_type, value).stored)

    def _filter(self, computation: Computation, at: At) -> None:
        """A chosen value that is not offered any more reads as blank, and comes back when it is offered again."""
        question = computation.node
        key = at.key
        value = self.values.get(key, "")
        if not isinstance(question, Question) or not value:
            return
        offered = {choice.name for choice in self.choices(question, at)}
        words = [value] if question.type == "select_one" else value.split()
        left = " ".join(word for word in words if word in offered)
        before = self.filtered.get(key, value)
        if left == value:
            self.filtered.pop(key, None)
        else:
            self.filtered[key] = left
        if left != before:
            self._changed(at.element, at.positions)

    # Repeats

    def _count(self, computation: Computation, at: At) -> None:
        if computation.expression is None or not isinstance(computation.node, Repeat):
            return
        try:
            wanted = to_number(computation.expression.value(self, at), self)
        except EvaluationError:
            return
        if wanted == wanted:
            self.resize(computation.node.element, at.positions, int(min(max(wanted, 0), MAXIMUM_INSTANCES)))

    def resize(self, repeat: Element, outer: Positions, count: int) -> None:
        """Give a repeat so many instances. Fewer hides the last ones: their answers come back with them."""
        before = self.count(repeat, outer)
        room = MAXIMUM_ALL_INSTANCES - sum(self.counts.values())
        count = max(0, min(count, MAXIMUM_INSTANCES, before + room))
        if count == before:
            return
        self.counts[repeat.range_key(outer)] = count
        for position in range(before + 1, count + 1):
            self.initialise(repeat.children.values(), (*outer, position))
        for element in repeat.walk():
            for computation, shared in self._graph.readers.get(element, ()):
                if (
                    shared <= len(outer) and not computation.triggered
                ):  # the instances that were there before read only themselves
                    self._queue_reader(computation, outer[:shared])

    def initialise(self, elements: Iterable[Element], positions: Positions) -> None:
        """What begins with a form or with a new instance: defaults are filled in, and everything is worked out."""
        outermost, self._beginning = not self._beginning, True
        for child in elements:
            if not child.is_repeat:
                self._begin(child, positions)
                self.initialise(child.children.values(), positions)
            for computation in self._graph.own.get(child, ()):
                if not computation.triggered:
                    self._queue(computation, positions)
            node = self.form.by_path.get(child.path)
            if isinstance(node, Repeat) and node.count is None and not self.count(child, positions):
                # It begins with one instance, and one in that; in further instances with none, as in Web Forms.
                self.resize(child, positions, 1 if all(position == 1 for position in positions) else 0)
        if outermost:
            self._beginning = False

    def _begin(self, element: Element, positions: Positions) -> None:
        node = self.form.by_path.get(element.path)
        if not isinstance(node, Question) or element.key(positions) in self.values:
            return
        at = At(element, positions)
        text = encode(node.data_type, node.default).stored if node.default else ""
        if node.dynamic_default is not None:
            self.drawing(f"default {at.key}")
            try:
                text = encode(node.data_type, node.dynamic_default.text(self, at)).stored
            except EvaluationError:
                text = ""
        if text:
            self.store(node, at, text)
