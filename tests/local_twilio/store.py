"""The messages of the local Twilio, and how it shows them: as Twilio's published API description says."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import count
from typing import Any

PRICE = "-0.04500"
"""As Twilio writes it: negative, since it was taken."""
ACCOUNT = "AC" + "0" * 32
TOKEN = "the local token"
SMS_FROM = "+15005550006"
SERVICE = "MG" + "0" * 32
WHATSAPP_FROM = "whatsapp:+15005550006"


@dataclass(slots=True)
class Record:
    """One message."""

    sid: str
    direction: str
    from_: str
    to: str
    body: str
    status: str
    created: float
    media: int = 0
    error_code: int | None = None
    service: str | None = None


@dataclass
class Store:
    """Everything that was taken, in order."""

    messages: list[Record] = field(default_factory=list)
    by_sid: dict[str, Record] = field(default_factory=dict)
    by_address: dict[str, list[Record]] = field(default_factory=dict)
    deliveries: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often each text was taken for each address."""
    requests: Counter[str] = field(default_factory=Counter)
    contents: dict[str, dict[str, Any]] = field(default_factory=dict)
    opted_out: set[str] = field(default_factory=set)
    invalid: set[str] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=count)

    def add(self, direction: str, from_: str, to: str, body: str, **details: Any) -> Record:
        """Take a message. `created` may be given, for one that came earlier."""
        status = "received" if direction == "inbound" else "queued"
        created = details.pop("created", time.time())
        sid = details.pop("sid", f"SM{next(self.numbers):032x}")
        record = Record(sid, direction, from_, to, body, status, created, **details)
        self.messages.append(record)
        self.by_sid[sid] = record
        self.by_address.setdefault(to, []).append(record)
        if direction != "inbound":
            self.deliveries[to, body] += 1
        return record

    def listed(self, query: Mapping[str, str], lag: float) -> list[Record]:
        """The messages that a list request asks for, newest first, those of the last moments left out."""
        newest = time.time() - lag
        records = self.by_address.get(query["To"], []) if "To" in query else self.messages
        return [
            record
            for record in sorted(records, key=lambda record: record.created, reverse=True)
            if record.created <= newest and query.get("From", record.from_) == record.from_ and in_days(record, query)
        ]


def in_days(record: Record, query: Mapping[str, str]) -> bool:
    """Twilio filters by the day of sending, in GMT, whatever time of day the filter names."""
    day = datetime.fromtimestamp(record.created, UTC).date().isoformat()
    return (
        query.get("DateSent", day)[:10] == day
        and query.get("DateSent>", day)[:10] <= day
        and query.get("DateSent<", day)[:10] >= day
    )


def rfc2822(moment: float) -> str:
    """A time as Twilio writes it, to the second."""
    return format_datetime(datetime.fromtimestamp(int(moment), UTC))


def shown(record: Record) -> dict[str, Any]:
    """The message resource."""
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{record.sid}"
    date = rfc2822(record.created)
    return {
        "account_sid": ACCOUNT,
        "api_version": "2010-04-01",
        "body": record.body,
        "date_created": date,
        "date_sent": None if record.status in ("queued", "accepted") else date,
        "date_updated": date,
        "direction": record.direction,
        "error_code": record.error_code,
        "error_message": None,
        "from": None if record.service else record.from_,
        "messaging_service_sid": record.service,
        "num_media": str(record.media),
        "num_segments": "0" if record.service else "1",
        "price": None if record.direction == "inbound" else PRICE,
        "price_unit": "USD",
        "sid": record.sid,
        "status": record.status,
        "subresource_uris": {"media": f"{path}/Media.json"},
        "to": record.to,
        "uri": f"{path}.json",
    }
