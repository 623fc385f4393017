"""Logging in, in one step or two, and out; and choosing a password by a one-time link."""

from datetime import UTC, datetime, timedelta

from flask import (
    Blueprint,
    Response,
    abort,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from admin import drafts, notices, sessions
from admin.forms import Form
from admin.language import gettext
from admin.permission import anyone
from admin.security import limiter, local_target
from admin.services import services
from admin.sessions import signed_in
from families import audit, staff, staff_links, staff_second_step
from families.staff import Staff, StaffError

FAILURES_BY_LOGIN = "10 per 15 minutes"
FAILURES_BY_ADDRESS = "50 per 15 minutes"
"""Generous, because a whole office may share one address."""

LONGEST_LOGIN, LONGEST_PASSWORD = 100, 200
"""Characters; argon2 is not fed megabytes."""

HALFWAY = "halfway"
PATIENCE = timedelta(minutes=5)
"""Between the password and the code."""

access = Blueprint("access", __name__, url_prefix="/admin")


def failed(response: Response) -> bool:
    """Whether an attempt counts towards the limits."""
    return response.status_code == 422


def ask_to_log_in() -> ResponseReturnValue:
    """What somebody gets who asks for a page without being logged in. What they had written goes along.

    htmx is told to show the log-in page as a whole, not in the place of the part that it asked for.
    """
    kept = drafts.keep()
    if request.headers.get("HX-Request"):
        response = make_response(_login_page(kept=kept) if kept else "", 200 if kept else 401)
        response.headers.update({"HX-Retarget": "body"} if kept else {"HX-Redirect": url_for("access.enter")})
        return response
    if kept:
        return _login_page(kept=kept), 401
    target = request.full_path.rstrip("?") if request.method == "GET" else ""
    return redirect(url_for("access.enter", next=target or None))


@access.route("/entrar", methods=["GET", "POST"])
@limiter.limit(FAILURES_BY_ADDRESS, methods=["POST"], deduct_when=failed)
@limiter.limit(
    FAILURES_BY_LOGIN,
    methods=["POST"],
    key_func=lambda: f"login:{request.form.get('login', '').strip().lower()[:LONGEST_LOGIN]}",
    deduct_when=failed,
)
@anyone
def enter() -> ResponseReturnValue:
    """The first step: login and password. Only failed attempts count towards the limits."""
    if request.method == "GET":
        target = request.args.get("next", "")
        return redirect(local_target(target, url_for("pages.home"))) if signed_in() else _login_page(target=target)
    login, password, now = request.form.get("login", ""), request.form.get("password", ""), datetime.now(UTC)
    found = _authenticated(login, password, now)
    if found is None:
        error = gettext("El usuario o la contraseña no son correctos.")
        return _login_page(login, request.form.get("next", ""), request.form.get(drafts.FIELD, ""), error), 422
    with services().database.transaction() as connection:
        if not staff_second_step.is_set_up(connection, found.id):
            sessions.begin(connection, found, now)
            return _come_in(found)
    session.clear()
    session[HALFWAY] = [found.id, now.isoformat()]
    return _code_page()


@access.post("/entrar/codigo")
@limiter.limit(FAILURES_BY_LOGIN, key_func=lambda: f"code:{_halfway()}", deduct_when=failed)
@anyone
def enter_code() -> ResponseReturnValue:
    """The second step: the code that the telephone shows, or one of those on paper."""
    staff_id, now = _halfway(), datetime.now(UTC)
    if staff_id is None:
        return redirect(url_for("access.enter"), 303)
    wired = services()
    with wired.database.transaction() as connection:
        found = staff.get(connection, staff_id)
        if found is None or staff.locked(connection, staff_id, now):
            session.clear()
            return redirect(url_for("access.enter"), 303)
        code = request.form.get("code", "")[:LONGEST_LOGIN]
        if staff_second_step.opens(connection, wired.cipher, wired.code_key, staff_id, code, now):
            sessions.begin(connection, found, now)
            return _come_in(found)
        staff.failed(connection, staff_id, now)
    return _code_page(
        gettext("Ese código no sirve. Escriba el que muestra ahora su teléfono; cada uno sirve una vez.")
    ), 422


@access.post("/salir")
@anyone
def leave() -> ResponseReturnValue:
    """Log out and forget the session."""
    sessions.end()
    return redirect(url_for("public.report"), 303)


@access.route("/clave/<token>", methods=["GET", "POST"])
@limiter.limit("30 per 15 minutes")
@anyone
def choose_password(token: str) -> ResponseReturnValue:
    """Where a one-time link leads: its owner chooses a password. 404 once it is used or too old."""
    now = datetime.now(UTC)
    with services().database.transaction() as connection:
        owner = staff_links.owner(connection, token, now)
    if owner is None:
        abort(404)
    form = Form(request.form if request.method == "POST" else None)
    if request.method == "POST":
        password = new_password(form, owner)
        if form.valid:
            with services().database.transaction() as connection:
                if staff_links.use(connection, token, password, now) is None:
                    abort(404)
                audit.record(connection, owner.id, "password_chosen", "staff", owner.id, now)
            notices.done(gettext("Su contraseña quedó guardada. Ya puede entrar."))
            return redirect(url_for("access.enter"), 303)
    return render_template("account/choose.html", form=form, owner=owner, least=staff.MINIMUM_PASSWORD), (
        422 if form.problems else 200
    )


def new_password(form: Form, owner: Staff) -> str:
    """A new password, written twice; a problem is noted in the form."""
    password, again = form.secret("password"), form.secret("again")
    try:
        staff.check_password(password, owner.login)
    except StaffError as error:
        form.refuse("password", gettext(str(error)))
    if password != again:
        form.refuse("again", gettext("Las dos contraseñas no son iguales."))
    return password


def _come_in(person: Staff) -> ResponseReturnValue:
    """The page that the person wanted, or what they had written when their session ended."""
    draft = drafts.restore(request.form.get(drafts.FIELD, ""), person)
    if draft:
        return render_template("account/draft.html", draft=draft)
    return redirect(local_target(request.form.get("next"), url_for("pages.home")), 303)


def _login_page(login: str = "", target: str = "", kept: str = "", error: str | None = None) -> str:
    return render_template("login.html", login=login[:LONGEST_LOGIN], target=target, kept=kept, error=error)


def _code_page(error: str | None = None) -> str:
    kept = request.form.get(drafts.FIELD, "")
    return render_template("account/code.html", target=request.form.get("next", ""), kept=kept, error=error)


def _halfway() -> int | None:
    """Who has given their password in this browser, and not long ago."""
    staff_id, at = session.get(HALFWAY, (None, ""))
    return staff_id if at and datetime.now(UTC) - datetime.fromisoformat(at) < PATIENCE else None


def _authenticated(login: str, password: str, now: datetime) -> Staff | None:
    if len(login) > LONGEST_LOGIN or len(password) > LONGEST_PASSWORD:
        return None
    return services().database.idempotent(lambda connection: staff.authenticate(connection, login, password, now))
