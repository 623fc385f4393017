"""What to do about each thing that can go wrong with the provider: one table, from Twilio's documented codes.

Source: https://www.twilio.com/docs/api/errors
"""

from dataclasses import dataclass
from enum import Enum, auto


class Remedy(Enum):
    """What the dispatcher does about an error."""

    RETRY = auto()
    """Not accepted: try this message again later."""
    SLOW_DOWN = auto()
    """Not accepted: try again later, and send everything of this sender more slowly."""
    OPERATOR = auto()
    """Not accepted, and nothing of the kind will be until a setting is put right: wait, and tell the
    operator.
    """
    CONTENT = auto()
    """Not accepted as it is, buttons, list, picture or template: say it plainly, or by SMS, and tell the operator."""
    GIVE_UP = auto()
    """This message will never arrive."""
    OPT_OUT = auto()
    """The person left at the provider: give up, and write to them no more on this channel."""
    UNREACHABLE = auto()
    """This channel does not reach the number: give up, and use it no more."""
    QUARANTINE = auto()
    """There is no such number: give up, and write there no more."""
    ASK = auto()
    """It may have been accepted: reconciliation must ask before anything is sent again."""


@dataclass(eq=False)
class SendError(Exception):
    """A message was not, or perhaps not, accepted. `retry_after` in seconds, where the provider said so."""

    remedy: Remedy
    code: int | None
    explanation: str
    retry_after: float | None = None

    def __str__(self) -> str:
        return f"{self.explanation} ({self.code})" if self.code else self.explanation


NOT_FOUND = 20404
"""Twilio's code for what it does not have, or not any more."""

TABLE: dict[int, tuple[Remedy, str]] = {
    20003: (
        Remedy.OPERATOR,
        "Twilio rejects the credentials: check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN",
    ),
    20005: (Remedy.OPERATOR, "the Twilio account is not active"),
    NOT_FOUND: (
        Remedy.OPERATOR,
        "Twilio does not know this account or address: check TWILIO_ACCOUNT_SID, TWILIO_API_URL",
    ),
    20429: (Remedy.SLOW_DOWN, "too many requests"),
    21211: (Remedy.QUARANTINE, "not a valid phone number"),
    21212: (Remedy.OPERATOR, "the sender is not a valid number: check TWILIO_SMS_FROM"),
    21265: (Remedy.UNREACHABLE, "a short code gets no SMS"),
    21408: (
        Remedy.OPERATOR,
        "the account may not send to this country: enable it under messaging geo permissions",
    ),
    21601: (Remedy.OPERATOR, "the sender cannot send SMS: check TWILIO_SMS_FROM"),
    21602: (Remedy.GIVE_UP, "the message has no text"),
    21603: (Remedy.OPERATOR, "no sender is set: check TWILIO_SMS_FROM or TWILIO_MESSAGING_SERVICE_SID"),
    21606: (Remedy.OPERATOR, "the sender does not belong to the account: check TWILIO_SMS_FROM"),
    21608: (Remedy.OPERATOR, "a trial account, or one without an approved profile, writes to verified numbers only"),
    21610: (Remedy.OPT_OUT, "the person opted out at the provider"),
    21611: (Remedy.SLOW_DOWN, "the sender's queue is full"),
    21612: (Remedy.UNREACHABLE, "this sender does not reach the number"),
    21614: (Remedy.QUARANTINE, "not a mobile number"),
    21617: (Remedy.GIVE_UP, "the text is longer than 1,600 characters"),
    21619: (Remedy.GIVE_UP, "the message has no text, media or template"),
    21635: (Remedy.UNREACHABLE, "a landline"),
    21655: (
        Remedy.CONTENT,
        "the template is not registered at Twilio: run the registration of contents again",
    ),
    21656: (Remedy.CONTENT, "the variables do not fit the template"),
    21659: (Remedy.OPERATOR, "the sender is not a Twilio number of this country: check TWILIO_SMS_FROM"),
    21660: (Remedy.OPERATOR, "the sender belongs to another account: check TWILIO_SMS_FROM"),
    21661: (Remedy.OPERATOR, "the sender cannot send SMS: check TWILIO_SMS_FROM"),
    21701: (Remedy.OPERATOR, "the messaging service does not exist: check TWILIO_MESSAGING_SERVICE_SID"),
    21703: (Remedy.OPERATOR, "the messaging service has no sender: check TWILIO_MESSAGING_SERVICE_SID"),
    21705: (Remedy.OPERATOR, "the messaging service does not exist: check TWILIO_MESSAGING_SERVICE_SID"),
    30001: (Remedy.SLOW_DOWN, "the messaging service's queue is full"),
    30002: (Remedy.OPERATOR, "the Twilio account is suspended"),
    30003: (Remedy.GIVE_UP, "the phone could not be reached"),
    30004: (Remedy.GIVE_UP, "the message was blocked"),
    30005: (Remedy.QUARANTINE, "the number does not exist any more"),
    30006: (Remedy.UNREACHABLE, "a landline, or a carrier that takes no SMS"),
    30007: (Remedy.GIVE_UP, "the carrier filtered the message"),
    30008: (Remedy.GIVE_UP, "not delivered, for no reason given"),
    30036: (Remedy.GIVE_UP, "the message expired at the provider"),
    63003: (Remedy.UNREACHABLE, "the number is not on WhatsApp"),
    63005: (Remedy.CONTENT, "WhatsApp refused the content"),
    63007: (Remedy.OPERATOR, "the WhatsApp sender does not exist: check TWILIO_WHATSAPP_FROM"),
    63013: (Remedy.CONTENT, "the message breaks WhatsApp's rules"),
    63016: (Remedy.GIVE_UP, "outside WhatsApp's 24-hour window"),
    63017: (Remedy.SLOW_DOWN, "too many messages of this account at once"),
    63018: (Remedy.SLOW_DOWN, "WhatsApp's limit for this sender is reached"),
    63019: (Remedy.CONTENT, "WhatsApp could not fetch the picture or sound"),
    63021: (Remedy.CONTENT, "WhatsApp refused the content as invalid"),
    63024: (Remedy.UNREACHABLE, "the person cannot get WhatsApp messages"),
    63027: (Remedy.CONTENT, "the template does not exist in this language"),
    63028: (Remedy.CONTENT, "the variables do not fit the template"),
    63032: (Remedy.UNREACHABLE, "WhatsApp does not let us write to this person"),
    63033: (Remedy.OPT_OUT, "the person blocked our WhatsApp sender"),
    63038: (Remedy.SLOW_DOWN, "the account has sent all that it may within a day"),
    63040: (Remedy.CONTENT, "WhatsApp rejected the template"),
    63041: (Remedy.CONTENT, "WhatsApp paused the template"),
    63042: (Remedy.CONTENT, "WhatsApp disabled the template"),
    63049: (Remedy.GIVE_UP, "WhatsApp chose not to deliver"),
}


def failure(status: int, code: int | None, retry_after: float | None = None) -> SendError:
    """What an HTTP error answer of the REST API means.

    429 and 503 say that nothing was accepted. After any other 5xx nobody knows, nor after another success than the
    API describes. A refusal without one of Twilio's codes says nothing of the message: it is not Twilio's.
    """
    if code in TABLE:
        return SendError(TABLE[code][0], code, TABLE[code][1], retry_after)
    if status == 429:
        return SendError(Remedy.SLOW_DOWN, code, "too many requests", retry_after)
    if status == 503:
        return SendError(Remedy.RETRY, code, "the provider is not available", retry_after)
    if status >= 500 or status < 300:
        return SendError(Remedy.ASK, code, f"the provider answered with HTTP {status}", retry_after)
    if status in (401, 403):
        return SendError(Remedy.OPERATOR, code, "Twilio rejects the credentials or forbids the request")
    if code is None:
        return SendError(Remedy.OPERATOR, None, f"HTTP {status}, not from Twilio: check TWILIO_API_URL and any proxy")
    return SendError(Remedy.GIVE_UP, code, f"the provider refused the message with HTTP {status}")


def reported(code: int | None) -> Remedy:
    """What an error code in a status callback asks for: the message is lost already, its recipient may need
    care.
    """
    return TABLE.get(code or 0, (Remedy.GIVE_UP, ""))[0]
