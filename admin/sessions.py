"""Who is logged in: the browser holds a token in a signed cookie, the session itself is a row."""

from datetime import UTC, datetime
from typing import cast

from flask import Flask, g, request, session
from sqlalchemy import Connection

from admin.services import services
from families import audit, staff_sessions
from families.staff import Staff
from families.staff_sessions import Session

TOKEN = "token"


def admit(app: Flask) -> None:
    """Let the templates of an application know who is logged in."""
    app.jinja_env.globals.update(signed_in=signed_in)


def current() -> Session | None:
    """The session of the current request, or None for the public. Looked up once."""
    if "staff_session" not in g:
        token, now = session.get(TOKEN), datetime.now(UTC)
        g.staff_session = (
            services().database.idempotent(lambda connection: staff_sessions.resume(connection, token, now))
            if token
            else None
        )
    return cast(Session | None, g.staff_session)


def signed_in() -> Staff | None:
    """The member of the staff who asks for the current page, or None for the public."""
    found = current()
    return found.staff if found else None


def member() -> Staff:
    """The member of the staff on a page that requires one."""
    found = signed_in()
    assert found is not None
    return found


def last_owner() -> int | None:
    """Whose session this browser had, even if it has ended."""
    token = session.get(TOKEN)
    if not token:
        return None
    return services().database.idempotent(lambda connection: staff_sessions.owner(connection, token))


def begin(connection: Connection, person: Staff, now: datetime) -> None:
    """Log a person in; whoever was before in this browser is out."""
    before = current()
    if before:
        staff_sessions.end(connection, before.staff.id, before.id, now)
    token = staff_sessions.begin(connection, person.id, request.headers.get("User-Agent", ""), now)
    audit.record(connection, person.id, "logged_in", "staff", person.id, now)
    session.clear()
    session.permanent = True
    session[TOKEN] = token
    g.pop("staff_session", None)


def end() -> None:
    """Log out and forget the session."""
    found, now = current(), datetime.now(UTC)
    if found:
        services().database.idempotent(lambda connection: staff_sessions.end(connection, found.staff.id, found.id, now))
    session.clear()
    g.pop("staff_session", None)
