"""One's own account: password, second step, and where one is logged in."""

from datetime import UTC, datetime

import segno
from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from admin import devices, notices, sessions
from admin.forms import Form
from admin.language import gettext
from admin.login import LONGEST_LOGIN, new_password
from admin.permission import permits
from admin.security import limiter
from admin.services import services
from admin.sessions import member
from families import audit, staff, staff_second_step, staff_sessions
from families.staff import Role
from families.staff_sessions import Session

NEW_SECRET = "new_secret"
"""Of a telephone that is being set up, in the cookie of its owner."""

account = Blueprint("account", __name__, url_prefix="/admin/cuenta")


@account.get("/")
@permits(*Role)
def overview() -> ResponseReturnValue:
    """The account of whoever asks."""
    return _overview(Form())


@account.post("/clave")
@limiter.limit("10 per 15 minutes", key_func=lambda: f"own password:{member().id}")
@permits(*Role)
def change_password() -> ResponseReturnValue:
    """Change one's own password; all other sessions end."""
    person, now, form = member(), datetime.now(UTC), Form(request.form)
    password = new_password(form, person)
    with services().database.transaction() as connection:
        if not staff.knows_password(connection, person.id, form.secret("current")):
            form.refuse("current", gettext("Esa no es su contraseña de ahora."))
        if not form.valid:
            return _overview(form), 422
        staff.set_password(connection, person.id, password)
        staff_sessions.end_others(connection, person.id, _session().id, now)
        audit.record(connection, person.id, "password_changed", "staff", person.id, now)
    notices.done(gettext("Su contraseña cambió. En los demás aparatos hay que entrar otra vez."))
    return redirect(url_for("account.overview"), 303)


@account.route("/segundo-paso", methods=["GET", "POST"])
@limiter.limit("20 per 15 minutes", methods=["POST"], key_func=lambda: f"set up:{member().id}")
@permits(*Role)
def set_up() -> ResponseReturnValue:
    """Set up the second step on a telephone; the one that was set up before is replaced."""
    person, now, wired = member(), datetime.now(UTC), services()
    secret = session.setdefault(NEW_SECRET, staff_second_step.new_secret())
    form = Form(request.form if request.method == "POST" else None)
    if request.method == "POST":
        code = form.text("code", longest=LONGEST_LOGIN)
        with wired.database.transaction() as connection:
            had_one = staff_second_step.is_set_up(connection, person.id)
            if had_one and not staff.knows_password(connection, person.id, form.secret("current")):
                form.refuse("current", gettext("Esa no es su contraseña de ahora."))
            codes = (
                staff_second_step.set_up(connection, wired.cipher, wired.code_key, person.id, secret, code, now)
                if form.valid
                else None
            )
            if codes:
                audit.record(connection, person.id, "second_step_set_up", "staff", person.id, now)
        if codes:
            session.pop(NEW_SECRET)
            return render_template("account/recovery.html", codes=codes)
        form.refuse("code", gettext("Ese código no es el que su teléfono muestra ahora."))
    return _setting_up(form, secret), 422 if form.problems else 200


@account.post("/codigos")
@limiter.limit("10 per 15 minutes", key_func=lambda: f"recovery:{member().id}")
@permits(*Role)
def recovery_codes() -> ResponseReturnValue:
    """New recovery codes; the old ones open nothing any more."""
    person, now, wired = member(), datetime.now(UTC), services()
    with wired.database.transaction() as connection:
        if not staff_second_step.is_set_up(connection, person.id):
            abort(404)
        codes = staff_second_step.new_recovery_codes(connection, wired.code_key, person.id)
        audit.record(connection, person.id, "recovery_codes_made", "staff", person.id, now)
    return render_template("account/recovery.html", codes=codes)


@account.post("/sesiones")
@permits(*Role)
def end_session() -> ResponseReturnValue:
    """End one of one's own sessions elsewhere, or all others."""
    person, now, asked = member(), datetime.now(UTC), request.form.get("session", "")
    with services().database.transaction() as connection:
        if asked == "others":
            staff_sessions.end_others(connection, person.id, _session().id, now)
        elif asked.isascii() and asked.isdecimal() and len(asked) < 19:
            staff_sessions.end(connection, person.id, int(asked), now)
        else:
            abort(404)
        audit.record(connection, person.id, "sessions_ended", "staff", person.id, now)
    notices.done(gettext("La sesión quedó cerrada."))
    return redirect(url_for("account.overview"), 303)


def _overview(form: Form) -> str:
    person, now = member(), datetime.now(UTC)
    with services().database.transaction() as connection:
        return render_template(
            "account/overview.html",
            device=devices.words,
            form=form,
            sessions=staff_sessions.going_on(connection, person.id, now),
            this=_session().id,
            second_step=_session().has_second_step,
            codes_left=staff_second_step.recovery_codes_left(connection, person.id),
            least=staff.MINIMUM_PASSWORD,
        )


def _setting_up(form: Form, secret: str) -> str:
    picture = segno.make(staff_second_step.address(secret, member().login), error="m", micro=False)
    return render_template(
        "account/set_up.html",
        form=form,
        picture=picture.svg_data_uri(scale=4, border=2),
        secret=" ".join(secret[place : place + 4] for place in range(0, len(secret), 4)),
        had_one=_session().has_second_step,
        required=member().needs_second_step,
    )


def _session() -> Session:
    """The session of whoever asks, on pages that require one."""
    found = sessions.current()
    assert found is not None
    return found
