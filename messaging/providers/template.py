"""A template as it is handed in for WhatsApp's approval. Apart from `contents`, which brings the provider's client."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Template:
    """A text that may open a conversation; `{{1}}`, `{{2}}`… are filled by the variables. Approved by WhatsApp.

    Each of its buttons has a fixed title; what comes back when it is tapped is a variable too, numbered on from those
    of the body.
    """

    name: str
    body: str
    language: str = "es"
    category: str = "UTILITY"
    examples: Mapping[str, str] = field(default_factory=dict)
    """A value for each variable, for those who approve."""
    buttons: tuple[str, ...] = ()

    @property
    def types(self) -> Mapping[str, object]:
        """The template as the provider's Content API takes it."""
        if not self.buttons:
            return {"twilio/text": {"body": self.body}}
        first = len(self.examples) - len(self.buttons) + 1
        actions = [
            {"title": title, "id": f"{{{{{number}}}}}"} for number, title in enumerate(self.buttons, start=first)
        ]
        return {"twilio/quick-reply": {"body": self.body, "actions": actions}}
