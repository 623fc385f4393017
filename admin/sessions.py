"""Who is logged in."""

from datetime import UTC, datetime, timedelta
from typing import cast

from flask import Flask, make_response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user  # type: ignore[import-untyped]

from admin.services import services
from families import staff
from families.staff import Staff

LONGEST_SESSION = timedelta(hours=12)
"""Whoever works on must log in again after a working day."""


class User(UserMixin):  # type: ignore[misc]  # flask-login carries no types
    """A member of the staff as flask-login wants it."""

    def __init__(self, member: Staff) -> None:
        self.member = member

    def get_id(self) -> str:
        return str(self.member.id)


def admit(app: Flask) -> None:
    """Let an application know who is logged in."""
    manager = LoginManager()
    manager.init_app(app)
    manager.user_loader(_load)
    app.jinja_env.globals.update(signed_in=signed_in)


def signed_in() -> Staff | None:
    """The member of the staff who asks for the current page, or None for the public."""
    return cast(User, current_user).member if current_user.is_authenticated else None


def member() -> Staff:
    """The member of the staff on a page that requires one."""
    found = signed_in()
    assert found is not None
    return found


def begin(person: Staff) -> None:
    """Log a person in."""
    session.clear()
    session.permanent = True
    session["since"] = datetime.now(UTC).isoformat()
    login_user(User(person))


def end() -> None:
    """Log out and forget the session."""
    logout_user()
    session.clear()


def ask_to_log_in() -> ResponseReturnValue:
    """Send the browser to the log-in page; htmx is told to do so for the whole page, not for the part it asked for."""
    if request.headers.get("HX-Request"):
        response = make_response("", 401)
        response.headers["HX-Redirect"] = url_for("access.enter")
        return response
    target = request.full_path.rstrip("?") if request.method == "GET" else ""
    return redirect(url_for("access.enter", next=target or None))


def _load(user_id: str) -> User | None:
    since = session.get("since")
    if since is None or datetime.now(UTC) - datetime.fromisoformat(since) > LONGEST_SESSION:
        return None
    found = services().database.idempotent(lambda connection: staff.get(connection, int(user_id)))
    return User(found) if found else None
