"""What a family reads of a programme that it is offered. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from bot.catalogue import Catalogue
from bot.dialogues.session import when


@dataclass(frozen=True, slots=True)
class Sheet:
    """A programme as it stands in messages about one referral.

    `due_at` is the appointment, or the last moment to go; `fixed` says which. `name` is for whom the message is, on a
    phone that serves several families.
    """

    referral: int
    programme: str
    entity: str
    requirements: str
    bring: str
    address: str
    hours: str
    contact: str
    answer_by: datetime
    due_at: datetime | None
    fixed: bool
    name: str = ""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        due_at = data["due_at"]
        moments = {
            "answer_by": datetime.fromisoformat(data["answer_by"]),
            "due_at": None if due_at is None else datetime.fromisoformat(due_at),
        }
        return cls(**{**data, **moments})

    def to_json(self) -> dict[str, Any]:
        written = {name: getattr(self, name) for name in self.__dataclass_fields__}
        due_at = None if self.due_at is None else self.due_at.isoformat()
        return {**written, "answer_by": self.answer_by.isoformat(), "due_at": due_at}

    def values(self, texts: Catalogue, language: str) -> dict[str, str]:
        """What fills the texts about a referral."""
        return {
            "to": texts.text("session.to", language, name=self.name) if self.name else "",
            "programme": self.programme,
            "entity": self.entity,
            "requirements": self.requirements,
            "bring": self.bring,
            "address": self.address,
            "hours": self.hours,
            "contact": self.contact,
            "when": self._when(texts, language),
            "answer_by": when(self.answer_by, texts, language, short=True),
        }

    def _when(self, texts: Catalogue, language: str) -> str:
        """«mar 24 nov 9:00 am», «lunes a viernes, 8 a 12, hasta el mar 24 nov», or the hours alone."""
        if self.due_at is None:
            return self.hours
        moment = when(self.due_at, texts, language, short=True)
        return moment if self.fixed else texts.text("referral.until", language, hours=self.hours, last=moment)
