"""Walking every dialogue from its beginnings through all it can hear: what `docs/dialogues/` is drawn from. Pure.

A walk feeds a dialogue every option that it offers, words that mean nothing, words that tell something, and whatever
its requests may come back with (`bot/walking_scripts.py`), and notes which state follows which. So a drawing shows
what a dialogue does, and a state that nothing leads to, or that nothing leads out of, is found.
"""

import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bot.conversation import Conversation, step
from bot.dialogues.machine import Context, Dialogue, Event, Frame, Heard, Option, OptOut, Request, Say, State, Step

END = "end"
NONSENSE = "zzxq wpf"
TOLD = "Ayer fui temprano a la oficina y nadie me quiso atender en toda la mañana"
PROBES = {"nonsense": NONSENSE, "words": TOLD}
LONG = timedelta(days=30)
MOST_ALIKE = 12
"""States of one name that are looked at; they differ in what they remember, which rarely changes where they lead."""


@dataclass(frozen=True, slots=True)
class Script:
    """How a dialogue begins, what its requests may come back with, and words of its own to try.

    `starts` are opened by something the person said, which they hear first; `letters` by a message of ours, to which
    the person then answers.
    """

    starts: tuple[Mapping[str, Any], ...]
    replies: Mapping[type, tuple[Event, ...]] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    letters: tuple[Mapping[str, Any], ...] = ()


@dataclass(slots=True)
class Walk:
    """What was seen of a dialogue: its steps (from, heard, to) and the places where it did not do as it should."""

    dialogue: Dialogue
    steps: set[tuple[str, str, str]] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    @property
    def reached(self) -> set[str]:
        return {name for origin, _, target in self.steps for name in (origin, target)} & set(self.dialogue.states)

    def dead_ends(self) -> set[str]:
        """States from which neither the end nor another dialogue can be reached."""
        out = {END} | {target for _, _, target in self.steps if target.startswith("→")}
        while more := {origin for origin, _, target in self.steps if target in out and origin not in out}:
            out |= more
        return self.reached - out


def walk(dialogue: Dialogue, script: Script, context: Context) -> Walk:
    """Walk a dialogue. What it does wrong stands in `problems`."""
    seen = Walk(dialogue)
    waiting = deque((dict(letter), _options(dialogue.resume(letter, context))) for letter in script.letters)
    for start in script.starts:
        waiting.extend(_take(seen, start, "words", Heard("hola"), script, context))
    looked_at: set[str] = set()
    alike: Counter[str] = Counter()
    while waiting:
        state, options = waiting.popleft()
        key = json.dumps(state, sort_keys=True)
        if key in looked_at or alike[state["at"]] >= MOST_ALIKE:
            continue
        looked_at.add(key)
        alike[state["at"]] += 1
        seen.problems += _stood_still(dialogue, state, context)
        for label, event in _events(options, script):
            waiting.extend(_take(seen, state, label, event, script, context))
        if not _answers(dialogue.hear(state, Heard(NONSENSE), context)):
            seen.problems.append(f"{dialogue.name}.{state['at']} does not answer nonsense")
    seen.problems += [f"{dialogue.name}.{name} is never reached" for name in set(dialogue.states) - seen.reached]
    seen.problems += [f"{dialogue.name}.{name} leads nowhere" for name in seen.dead_ends()]
    return seen


def _events(options: Iterable[Option], script: Script) -> Iterator[tuple[str, Event]]:
    for option in options:
        yield option.id.rpartition(":")[2], Heard(option.title, tapped=option.id)
    for label, text in PROBES.items():
        yield label, Heard(text)
    for text in script.words:
        yield f"«{text}»", Heard(text)


def _take(
    seen: Walk, state: State, label: str, event: Event, script: Script, context: Context
) -> list[tuple[dict[str, Any], tuple[Option, ...]]]:
    """Take one event, and whatever its requests may come back with; returns the states in which it may stand then."""
    taken = seen.dialogue.hear(state, event, context)
    target = _target(taken)
    if target not in seen.dialogue.states and target != END and not target.startswith("→"):
        seen.problems.append(f"{seen.dialogue.name}.{target} is not declared")
    seen.steps.add((state["at"], label, target))
    if taken.state is None:
        return []
    following, comes_back = [], False
    for effect in taken.effects:
        if isinstance(effect, Request) and type(effect) not in script.replies:
            seen.problems.append(f"{seen.dialogue.name}: nothing is known of {type(effect).__name__}")
        for reply in script.replies.get(type(effect), ()):
            comes_back = True
            following += _take(seen, taken.state, type(reply).__name__, reply, script, context)
    # Where something comes back from the records the person is not waited for.
    return following if comes_back else [(dict(taken.state), _options(taken.effects))]


def _options(effects: Iterable[Any]) -> tuple[Option, ...]:
    """What was offered last."""
    return next((each.options for each in reversed(tuple(effects)) if isinstance(each, Say)), ())


def _target(taken: Step) -> str:
    if taken.push is not None:
        return f"→ {taken.push.state.get('dialogue', taken.push.dialogue)}"
    return END if taken.state is None else str(taken.state["at"])


def _answers(taken: Step) -> bool:
    """Whether a step says something, asks the records something, or leaves it to another dialogue."""
    return taken.push is not None or taken.passes or any(isinstance(each, Say | Request) for each in taken.effects)


def _stood_still(dialogue: Dialogue, state: State, context: Context) -> list[str]:
    """What goes wrong where the person wants no more messages, or comes back after a long silence."""
    name, problems = f"{dialogue.name}.{state['at']}", []
    conversation = Conversation((Frame(dialogue.name, state),))
    stopped = step(conversation, Heard("SALIR"), context)
    if not any(isinstance(effect, OptOut) for effect in stopped.effects):
        problems.append(f"{name} does not heed SALIR")
    if not any(isinstance(effect, Say) for effect in stopped.effects):
        problems.append(f"{name} says nothing to SALIR")
    later = Context(**{**_fields(context), "now": context.now + LONG})
    if not step(conversation, Heard("hola"), later).effects and dialogue.resume(state, later):
        problems.append(f"{name} says nothing after a long silence")
    return problems


def _fields(context: Context) -> dict[str, Any]:
    return {name: getattr(context, name) for name in Context.__dataclass_fields__}


# --- drawing -----------------------------------------------------------------------------------------------------


def drawing(seen: Walk, script: Script) -> str:
    """A dialogue as a page in Markdown: a Mermaid state diagram, and what each state waits for."""
    lines = [f"# {seen.dialogue.name}", "", _summary(seen.dialogue), "", "```mermaid", "stateDiagram-v2"]
    for start in dict.fromkeys(start["at"] for start in (*script.starts, *script.letters)):
        lines.append(f"    [*] --> {start}")
    labels: dict[tuple[str, str], list[str]] = {}
    for origin, label, target in sorted(seen.steps):
        if origin != target:
            labels.setdefault((origin, target), []).append(label)
    for (origin, target), heard in labels.items():
        lines.append(f"    {origin} --> {_node(target)}: {', '.join(heard)}")
    lines += ["```", "", "| State | Waits for |", "|---|---|"]
    lines += [f"| `{name}` | {meaning} |" for name, meaning in seen.dialogue.states.items()]
    return "\n".join(lines) + "\n"


def _node(target: str) -> str:
    if target == END:
        return "[*]"
    return target.replace("→ ", "to_") if target.startswith("→") else target


def _summary(dialogue: Dialogue) -> str:
    module = __import__(type(dialogue).__module__, fromlist=["__doc__"])
    return str(module.__doc__ or "").split("\n\n")[0].replace("\n", " ")
