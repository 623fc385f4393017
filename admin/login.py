"""Logging in and out, and who is logged in."""

from datetime import UTC, datetime, timedelta
from typing import cast

from flask import Blueprint, Flask, Response, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user  # type: ignore[import-untyped]

from admin.language import gettext
from admin.security import limiter, local_target
from admin.services import services
from families import staff
from families.staff import Staff

LONGEST_SESSION = timedelta(hours=12)
"""Whoever works on must log in again after a working day."""

FAILURES_BY_LOGIN = "10 per 15 minutes"
FAILURES_BY_ADDRESS = "50 per 15 minutes"
"""Generous, because a whole office may share one address."""

LONGEST_LOGIN, LONGEST_PASSWORD = 100, 200
"""Characters; argon2 is not fed megabytes."""

access = Blueprint("access", __name__, url_prefix="/admin")


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


@access.route("/entrar", methods=["GET", "POST"])
@limiter.limit(FAILURES_BY_ADDRESS, methods=["POST"], deduct_when=lambda response: failed(response))
@limiter.limit(
    FAILURES_BY_LOGIN,
    methods=["POST"],
    key_func=lambda: f"login:{request.form.get('login', '').strip().lower()[:LONGEST_LOGIN]}",
    deduct_when=lambda response: failed(response),
)
def enter() -> ResponseReturnValue:
    """The log-in page. Only failed attempts count towards the limits."""
    home = url_for("reports.grades")
    if signed_in() and request.method == "GET":
        return redirect(local_target(request.args.get("next"), home))
    if request.method == "GET":
        return _login_page(target=request.args.get("next", ""))
    login, password = request.form.get("login", ""), request.form.get("password", "")
    found = _authenticated(login, password)
    if found is None:
        error = gettext("El usuario o la contraseña no son correctos.")
        return _login_page(login, request.form.get("next", ""), error), 422
    session.clear()
    session.permanent = True
    session["since"] = datetime.now(UTC).isoformat()
    login_user(User(found))
    return redirect(local_target(request.form.get("next"), home), 303)


@access.post("/salir")
def leave() -> ResponseReturnValue:
    """Log out and forget the session."""
    logout_user()
    session.clear()
    return redirect(url_for("public.report"), 303)


def failed(response: Response) -> bool:
    """Whether a log-in attempt counts towards the limits."""
    return response.status_code != 303


def require() -> ResponseReturnValue | None:
    """Before every page of a blueprint: whoever is not logged in must do so first."""
    return None if signed_in() else _ask_to_log_in()


def _login_page(login: str = "", target: str = "", error: str | None = None) -> str:
    return render_template("login.html", login=login[:LONGEST_LOGIN], target=target, error=error)


def _authenticated(login: str, password: str) -> Staff | None:
    if len(login) > LONGEST_LOGIN or len(password) > LONGEST_PASSWORD:
        return None
    now = datetime.now(UTC)
    return services().database.idempotent(lambda connection: staff.authenticate(connection, login, password, now))


def _load(user_id: str) -> User | None:
    since = session.get("since")
    if since is None or datetime.now(UTC) - datetime.fromisoformat(since) > LONGEST_SESSION:
        return None
    found = services().database.idempotent(lambda connection: staff.get(connection, int(user_id)))
    return User(found) if found else None


def _ask_to_log_in() -> ResponseReturnValue:
    """Send the browser to the log-in page; htmx is told to do so for the whole page, not for the part it asked for."""
    if request.headers.get("HX-Request"):
        response = make_response("", 401)
        response.headers["HX-Redirect"] = url_for("access.enter")
        return response
    target = request.full_path.rstrip("?") if request.method == "GET" else ""
    return redirect(url_for("access.enter", next=target or None))
