"""What a campaign says, and how each family would be reached: the one place that both the preview and the sending ask.

Families that are reached alike are settled alike, so `settle` is asked once for thousands of them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from bot.catalogue import Catalogue
from bot.dialogues.machine import Say
from bot.rendering import render
from bot.templates import templated
from messaging.address import Channel
from messaging.campaigns import Wording
from messaging.choice import Reach, choose
from messaging.content import Content
from messaging.cost import Prices
from messaging.encoding import segments
from messaging.forecast import left_out
from messaging.gate import Facts, Item, Policy
from messaging.priority import Priority
from messaging.stops import covering

LIFE: Final = timedelta(days=14)
"""How long after it was written a campaign's message is still worth sending."""
NO_NUMBER, NO_CONSENT = "no_number", "no_consent"
"""Why a family is left out, beside the gate's own reasons."""


class Kind(StrEnum):
    """What a campaign is about."""

    INVITATION = "invitation"
    REMINDER = "reminder"
    ANNOUNCEMENT = "announcement"
    RESULT = "result"


PURPOSES: Final[Mapping[Kind, str]] = {
    Kind.INVITATION: "survey_invitation",
    Kind.REMINDER: "survey_reminder",
    Kind.ANNOUNCEMENT: "announcement",
    Kind.RESULT: "survey_result",
}
"""By which people may stop them."""
ANNOUNCED: Final = "campaign.announcement"
"""The text around what the coordination writes itself; `{text}` is theirs."""


def text_key(kind: Kind, anonymous: bool) -> str:
    """The catalogue's text of a kind of campaign, about an anonymous wave or not."""
    match kind:
        case Kind.INVITATION:
            return "survey.invitation" if anonymous else "survey.invitation.named"
        case Kind.REMINDER:
            return "survey.reminder" if anonymous else "survey.reminder.named"
        case Kind.ANNOUNCEMENT | Kind.RESULT:
            return ANNOUNCED


@dataclass(frozen=True, slots=True)
class Way:
    """One way to reach a contact, as a wording depends on it."""

    language: str
    channel: Channel
    in_session: bool = False


@dataclass(frozen=True)
class Script:
    """A campaign's words, ready to be said. `written` is the coordination's own text by language, empty where the
    catalogue's is said; `approved` are the names of the templates that may be sent.
    """

    texts: Catalogue
    key: str
    purpose: str
    prices: Prices
    written: Mapping[str, str] = field(default_factory=dict)
    approved: Collection[str] = frozenset()
    _wordings: dict[Way, Wording] = field(default_factory=dict)

    def values(self, language: str) -> dict[str, str]:
        """What fills the text; somebody else's language is answered in Spanish where theirs was not written."""
        if not self.written:
            return {}
        return {"text": self.written.get(language) or self.written["es"]}

    def wording(self, way: Way) -> Wording:
        """The message of one way, made once."""
        if way not in self._wordings:
            self._wordings[way] = self._worded(way)
        return self._wordings[way]

    def template(self, language: str) -> Content | None:
        """The approved template that says it, if there is one."""
        return templated(self.key, language, self.values(language), self.approved)

    def say(self, language: str) -> str:
        """The text in a language, as the catalogue and the coordination have it."""
        return self.texts.text(self.key, language, **self.values(language))

    def _worded(self, way: Way) -> Wording:
        content = render([Say(self.say(way.language))], way.channel)
        parts = segments(content.text).count if way.channel is Channel.SMS else 1
        if way.channel is Channel.WHATSAPP and not way.in_session and (template := self.template(way.language)):
            content = replace(template, text=content.text)
        return Wording(way.channel, content, content.text, parts)


def settle(person: Any, script: Script, policy: Policy, now: datetime) -> Wording | str:
    """How a family is written to, or why it is left out. `person` has the columns of `audience.recipients`."""
    if person.contact_id is None:
        return NO_NUMBER
    if person.refused:
        return NO_CONSENT
    last = now if person.in_session else now - LIFE if person.on_whatsapp else None
    sms = script.wording(Way(person.language, Channel.SMS))
    reach = Reach(
        sms_ok=person.sms_ok,
        whatsapp_ok=person.whatsapp_ok,
        last_channel=person.last_channel and Channel(person.last_channel),
        whatsapp_inbound_at=last,
        whatsapp_opted_in=person.opted_in,
        stops=frozenset(person.stops.split()),
    )
    approved = script.template(person.language) is not None
    channel = choose(reach, script.purpose, sms.segments, script.prices, now, template_approved=approved)
    wording = sms
    if channel is Channel.WHATSAPP:
        wording = script.wording(Way(person.language, channel, bool(person.in_session)))
    facts = Facts(
        stops=reach.stops,
        quarantined=person.quarantined,
        reachable=person.sms_ok if wording.channel is Channel.SMS else person.whatsapp_ok,
        whatsapp_inbound_at=last,
        whatsapp_opted_in=person.opted_in,
        template_approved=approved,
    )
    return left_out(facts, item(script.purpose, wording, now + LIFE), policy, now) or wording


def item(purpose: str, wording: Wording, not_after: datetime) -> Item:
    """A wording as the gate sees it."""
    return Item(
        priority=Priority.BULK,
        channel=wording.channel,
        not_after=not_after,
        covering=covering(purpose, wording.channel.value),
        segments=wording.segments,
        template=wording.content.template is not None,
    )
