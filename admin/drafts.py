"""What somebody had written when their session ended: it goes along through the log-in page, and comes back.

It travels in the page, signed, and is kept nowhere. Only forms of our own pages are taken along, and what comes back is
shown before it is sent again: nobody can slip another site's form under somebody who logs in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from flask import current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

from admin import sessions
from admin.security import local_target
from families.staff import Staff

FIELD = "borrador"
VALID = timedelta(hours=12)
LONGEST = 300_000
"""Characters of all that is kept: more than any form of ours holds."""

SECRETS = frozenset({"csrf_token", "password", "current", "again", "code", FIELD})
"""Fields that do not travel."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A form that was sent too late: where it goes, and its fields."""

    address: str
    fields: Sequence[tuple[str, str]]


def keep() -> str:
    """The form of the current request, signed; empty where there is nothing that can be kept."""
    if request.method != "POST" or not _ours():
        return ""
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in SECRETS]
    if not fields:
        return ""
    kept = _signer().dumps([sessions.last_owner(), request.full_path.rstrip("?"), fields])
    written = kept if isinstance(kept, str) else kept.decode()
    return written if len(written) <= LONGEST else ""


def restore(kept: str, person: Staff) -> Draft | None:
    """The form that was kept, for the person who wrote it; None for anybody else, and for what we did not sign."""
    if not kept:
        return None
    try:
        owner, address, fields = _signer().loads(kept, max_age=int(VALID.total_seconds()))
    except BadData:
        return None
    if owner not in (None, person.id) or not local_target(address, ""):
        return None
    return Draft(address, [(name, value) for name, value in fields])


def _ours() -> bool:
    """Whether a page of this site sent the form, as far as the browser says."""
    sender = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return urlsplit(sender).netloc == request.host


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="draft")
