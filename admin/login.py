"""The log-in page, and logging out."""

from datetime import UTC, datetime

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin import sessions
from admin.language import gettext
from admin.permission import anyone
from admin.security import limiter, local_target
from admin.services import services
from admin.sessions import signed_in
from families import staff
from families.staff import Staff

FAILURES_BY_LOGIN = "10 per 15 minutes"
FAILURES_BY_ADDRESS = "50 per 15 minutes"
"""Generous, because a whole office may share one address."""

LONGEST_LOGIN, LONGEST_PASSWORD = 100, 200
"""Characters; argon2 is not fed megabytes."""

access = Blueprint("access", __name__, url_prefix="/admin")


@access.route("/entrar", methods=["GET", "POST"])
@limiter.limit(FAILURES_BY_ADDRESS, methods=["POST"], deduct_when=lambda response: failed(response))
@limiter.limit(
    FAILURES_BY_LOGIN,
    methods=["POST"],
    key_func=lambda: f"login:{request.form.get('login', '').strip().lower()[:LONGEST_LOGIN]}",
    deduct_when=lambda response: failed(response),
)
@anyone
def enter() -> ResponseReturnValue:
    """The log-in page. Only failed attempts count towards the limits."""
    home = url_for("pages.home")
    if signed_in() and request.method == "GET":
        return redirect(local_target(request.args.get("next"), home))
    if request.method == "GET":
        return _login_page(target=request.args.get("next", ""))
    login, password = request.form.get("login", ""), request.form.get("password", "")
    found = _authenticated(login, password)
    if found is None:
        error = gettext("El usuario o la contraseña no son correctos.")
        return _login_page(login, request.form.get("next", ""), error), 422
    sessions.begin(found)
    return redirect(local_target(request.form.get("next"), home), 303)


@access.post("/salir")
@anyone
def leave() -> ResponseReturnValue:
    """Log out and forget the session."""
    sessions.end()
    return redirect(url_for("public.report"), 303)


def failed(response: Response) -> bool:
    """Whether a log-in attempt counts towards the limits."""
    return response.status_code != 303


def _login_page(login: str = "", target: str = "", error: str | None = None) -> str:
    return render_template("login.html", login=login[:LONGEST_LOGIN], target=target, error=error)


def _authenticated(login: str, password: str) -> Staff | None:
    if len(login) > LONGEST_LOGIN or len(password) > LONGEST_PASSWORD:
        return None
    now = datetime.now(UTC)
    return services().database.idempotent(lambda connection: staff.authenticate(connection, login, password, now))
