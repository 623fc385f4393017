"""Where a conversation stands: a small value of plain JSON types that can be stored after every turn."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class State:
    """Nothing in here is changed in place: a turn makes a new state.

    ``values`` holds what was answered, preset or calculated, by path (``/data/rep[2]/x``), blanks left out.
    ``irrelevant`` are paths whose own condition is false; ``filtered`` what is left of a select whose choices went.
    ``counts`` has the instances of each repeat. ``done`` are the paths dealt with, in the order it happened, and the
    repeats closed with «no more». ``at`` is a path being asked again, out of order.
    """

    seed: int
    now: str
    zone: str
    language: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    irrelevant: Mapping[str, bool] = field(default_factory=dict)
    filtered: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    done: tuple[str, ...] = ()
    at: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "now": self.now,
            "zone": self.zone,
            "language": self.language,
            "values": dict(self.values),
            "irrelevant": list(self.irrelevant),
            "filtered": dict(self.filtered),
            "counts": dict(self.counts),
            "done": list(self.done),
            "at": self.at,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "State":
        return cls(
            seed=data["seed"],
            now=data["now"],
            zone=data["zone"],
            language=data["language"],
            values=data["values"],
            irrelevant=dict.fromkeys(data["irrelevant"], True),
            filtered=data["filtered"],
            counts=data["counts"],
            done=tuple(data["done"]),
            at=data["at"],
        )

    def at_time(self, now: datetime | None) -> "State":
        """The state with the clock of this turn; ``now`` must know its zone."""
        return self if now is None else replace(self, now=now.astimezone(ZoneInfo(self.zone)).isoformat())
