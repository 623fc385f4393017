"""What is said, whatever the channel: a text that always works, and what a richer channel may add to it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

BUTTONS_MAX = 3
"""Quick replies that WhatsApp shows within a session without approval."""
LIST_MAX = 10
TITLE_MAX = 20
"""Characters on a button."""
ITEM_MAX = 24
DESCRIPTION_MAX = 72
ID_MAX = 200
"""Characters of the id that comes back from a list; buttons take a few more."""
WHATSAPP_BODY_MAX = 1024
TEXT_MAX = 1600
"""Characters of a text without buttons, on either channel: Twilio refuses more (error 21617)."""


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose: shown as a button or a list item where the channel has them."""

    id: str
    title: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """One message. `text` is complete without options, media or template: it is what an SMS says.

    `prompt` is the text beside buttons or a list, where the options need not be spelled out; empty means
    `text`. `template` names a registered WhatsApp template, `variables` fill it.
    """

    text: str
    prompt: str = ""
    options: tuple[Option, ...] = ()
    media_url: str | None = None
    template: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def plain(self) -> bool:
        """Whether the text alone says it all, so that it can leave as TwiML."""
        return not (self.options or self.media_url or self.template)

    def to_json(self) -> dict[str, Any]:
        """A form that JSON can hold, without what is empty."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The reverse of `to_json`."""
        options = tuple(Option(**option) for option in data.get("options", ()))
        return cls(**{**data, "options": options})
