"""Sessions one by one: schedule, move, cancel, remind, and who was there.

Everything that writes to families is shown first: the words, how many get them, who does not and why, and what it
costs. After that there is a minute to take it back.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from admin import notices
from admin.confirming import ALREADY_SENT, confirmed
from admin.forms import Form
from admin.language import BOGOTA, gettext, local_day
from admin.notices import Undo
from admin.permission import permits
from admin.services import services
from admin.sessions import member
from admin.sessions_words import kind_name, midnight
from bot import session_scheduling
from bot.desk import Office
from bot.session_scheduling import Preview, Telling
from families import audit, calendar, families, folio, session_changes, session_limits, sessions
from families.calendar import Entry
from families.session_kinds import kinds
from families.session_limits import Problem
from families.sessions import Attendance, Plan, SessionError, State, What
from families.staff import Role

AT_HOME: Final = "casa"
SHOWN_LEFT_OUT: Final = 30
MOST_DAYS: Final = 31
"""How far ahead families are reminded by hand."""

planning = Blueprint("planning", __name__, url_prefix="/admin/sesiones")


def office() -> Office:
    """What writing to families takes."""
    return Office(services().cipher, services().texts)


@planning.route("/nueva", methods=["GET", "POST"])
@permits(Role.GESTOR)
def new() -> ResponseReturnValue:
    """Plan a session with one or several families; `?familia=` chooses one beforehand."""
    person, now = member(), datetime.now(UTC)
    sent = request.form if request.method == "POST" else None
    form = Form(sent, {"minutos": 60, "lugar_es": AT_HOME, "familias": request.args.getlist("familia")})
    with services().database.transaction() as connection:
        folios = calendar.own_families(connection, person)
        if sent is not None:
            chosen = [int(one) for one in form.choices("familias", [str(one) for one in folios], least=1)]
            kind = form.choice("tipo", list(kinds()))
            starts_at, minutes, place = _when_and_where(form, now)
            if form.valid and starts_at is not None and minutes is not None:
                plan = Plan(kind, person.id, person.territories[0], starts_at, minutes, place)
                done = _schedule(connection, form, plan, chosen, now)
                if done is not None:
                    return done
        names = families.head_names(connection, services().cipher, folios)
        audit.record_many(connection, person.id, "viewed", "family", sorted(folios), now, page="new_session")
        due = session_limits.due(connection, folios, local_day(now))
    ticked = set(form.values("familias"))
    listed = sorted(folios, key=lambda one: (str(one) not in ticked, names.get(one, "")))
    options = {str(one): f"{names.get(one, '')} · {folio.display(folios[one])}" for one in listed}
    lacking = {one.family_id for one in due}
    return (
        render_template(
            "calendar/new.html",
            form=form,
            options=options,
            lacking=lacking,
            kinds={code: kind_name(code) for code in kinds()},
        ),
        422 if form.problems else 200,
    )


@planning.get("/<int:session_id>")
@permits(*calendar.READERS)
def one(session_id: int) -> ResponseReturnValue:
    """A session: its families, what they said, and what can be done."""
    person, now = member(), datetime.now(UTC)
    with services().database.transaction() as connection:
        entry = _find(connection, session_id)
        own = person.role is Role.GESTOR
        named = [attendee.family_id for attendee in entry.attendees] if own else []
        names = families.head_names(connection, services().cipher, named)
        audit.record_many(connection, person.id, "viewed", "family", named, now, page="session")
    return render_template("calendar/one.html", entry=entry, names=names, own=own, now=now)


@planning.route("/<int:session_id>/mover", methods=["GET", "POST"])
@permits(Role.GESTOR)
def move(session_id: int) -> ResponseReturnValue:
    """Give a session another time or place."""
    now = datetime.now(UTC)
    with services().database.transaction() as connection:
        entry = _find(connection, session_id)
        session = entry.session
        if session.state is not State.SCHEDULED:
            return _problem(SessionError(gettext("Esa sesión ya no está en el calendario.")), session_id)
        here = session.starts_at.astimezone(BOGOTA)
        initial = {
            "dia": here.date().isoformat(),
            "hora": f"{here:%H:%M}",
            "minutos": session.minutes,
            "lugar_es": AT_HOME if session.at_home else "otro",
            "lugar": session.place,
        }
        form = Form(request.form if request.method == "POST" else None, initial)
        if request.method == "POST":
            starts_at, minutes, place = _when_and_where(form, now)
            if form.valid and starts_at is not None and minutes is not None:
                plan = Plan(session.kind, session.gestor_id, session.municipality, starts_at, minutes, place)
                done = _move(connection, form, entry, plan, now)
                if done is not None:
                    return done
    return render_template("calendar/move.html", form=form, entry=entry), 422 if form.problems else 200


@planning.post("/<int:session_id>/cancelar")
@permits(Role.GESTOR)
def cancel(session_id: int) -> ResponseReturnValue:
    """Cancel a session, after a look at what the families will be told."""
    person, now = member(), datetime.now(UTC)
    try:
        with services().database.transaction() as connection:
            _find(connection, session_id)
            if not confirmed():
                sessions.lock(connection, session_id)
                tellings = session_scheduling.about(connection, What.CANCELLED, [session_id])
                title, back = gettext("¿Cancelar esta sesión?"), url_for(".one", session_id=session_id)
                return _ask(connection, title, gettext("Cancelar la sesión"), tellings, now, back)
            batch = session_scheduling.cancel(connection, office(), session_id, person.id, now)
            audit.record(connection, person.id, "cancelled", "session", session_id, now)
    except SessionError as error:
        return _problem(error, session_id)
    return _done(gettext("La sesión quedó cancelada."), batch, url_for("today.overview"))


@planning.post("/<int:session_id>/asistencia")
@permits(Role.GESTOR)
def attendance(session_id: int) -> ResponseReturnValue:
    """Write down who was there."""
    person, now = member(), datetime.now(UTC)
    try:
        with services().database.transaction() as connection:
            entry = _find(connection, session_id)
            seen = {
                one.family_id: Attendance(value)
                for one in entry.attendees
                if (value := request.form.get(f"familia-{one.family_id}")) in set(Attendance)
            }
            if not seen:
                raise SessionError(gettext("Escoja quién asistió."))
            session_changes.record(connection, session_id, seen, person.id, now)
            audit.record(connection, person.id, "recorded_attendance", "session", session_id, now, families=len(seen))
    except SessionError as error:
        return _problem(error, session_id)
    notices.done(gettext("La asistencia quedó anotada."))
    return redirect(url_for("today.overview"), 303)


@planning.route("/recordar", methods=["GET", "POST"])
@permits(Role.GESTOR)
def remind() -> ResponseReturnValue:
    """Remind the families of one, a few or all sessions of some days; `?dias=1&sin_respuesta=1` narrows the list."""
    person, now = member(), datetime.now(UTC)
    days = min(max(request.args.get("dias", 3, type=int), 0), MOST_DAYS)
    silent = "sin_respuesta" in request.args
    back = request.full_path.rstrip("?")
    with services().database.transaction() as connection:
        entries = [
            entry
            for entry in calendar.between(connection, person, now, midnight(local_day(now) + timedelta(days=days + 1)))
            if entry.session.state is State.SCHEDULED and (not silent or any(not one.reply for one in entry.attendees))
        ]
        chosen = [entry.session.id for entry in entries if str(entry.session.id) in request.form.getlist("sesion")]
        if request.method == "POST" and chosen:
            tellings = session_scheduling.about(connection, What.REMINDED, chosen)
            if not confirmed():
                title = gettext("¿Recordar ahora?")
                return _ask(connection, title, gettext("Enviar el recordatorio"), tellings, now, back, again=True)
            batch = session_scheduling.push(connection, office(), chosen, person.id, now)
            audit.record_many(connection, person.id, "reminded", "session", chosen, now)
            return _done(gettext("El recordatorio sale en un minuto."), batch, url_for("today.overview"))
        named = {one.family_id for entry in entries for one in entry.attendees}
        names = families.head_names(connection, services().cipher, named)
        audit.record_many(connection, person.id, "viewed", "family", sorted(named), now, page="remind")
    if request.method == "POST":
        notices.problem(gettext("Escoja al menos una sesión."))
        return redirect(back, 303)
    return render_template("calendar/remind.html", entries=entries, names=names, days=days, silent=silent)


@planning.post("/deshacer")
@permits(Role.GESTOR)
def undo() -> ResponseReturnValue:
    """Take back what was done within the last minute."""
    person, now = member(), datetime.now(UTC)
    try:
        batch = UUID(request.form.get("tanda", ""))
    except ValueError:
        abort(404)
    try:
        with services().database.transaction() as connection:
            session_scheduling.undo(connection, batch, person.id, now)
            audit.record(connection, person.id, "undone", "session_change", str(batch), now)
    except SessionError as error:
        notices.problem(gettext(str(error)))
    else:
        notices.done(gettext("Se deshizo: nadie recibió mensaje."))
    return redirect(url_for("today.overview"), 303)


# --- what the pages share ----------------------------------------------------------------------------------------


def _find(connection: Connection, session_id: int) -> Entry:
    entry = calendar.find(connection, member(), session_id)
    if entry is None:
        abort(404)
    return entry


def _when_and_where(form: Form, now: datetime) -> tuple[datetime | None, int | None, str]:
    day = form.day("dia", earliest=local_day(now))
    hour = form.hour("hora")
    minutes = form.whole("minutos", sessions.SHORTEST, sessions.LONGEST)
    elsewhere = form.choice("lugar_es", [AT_HOME, "otro"]) == "otro"
    place = form.told("lugar", longest=sessions.LONGEST_PLACE, required=elsewhere) if elsewhere else ""
    return moment(day, hour), minutes, " ".join(place.split())


def moment(day: date | None, hour: time | None) -> datetime | None:
    """A moment in Colombia out of the two fields in which it is given."""
    return None if day is None or hour is None else datetime.combine(day, hour, BOGOTA)


def _schedule(
    connection: Connection, form: Form, plan: Plan, chosen: Sequence[int], now: datetime
) -> ResponseReturnValue | None:
    """Show what will be said, or do it; None if the plan will not do, which the form then tells."""
    try:
        session_changes.check(plan, chosen, now)
    except SessionError as error:
        form.refuse("hora", gettext(str(error)))
        return None
    if not confirmed():
        clash = sessions.clashes(connection, plan.gestor_id, plan.starts_at, plan.minutes)
        problems = session_limits.problems(connection, kinds()[plan.kind], chosen, plan.starts_at, clash=clash)
        visit = session_scheduling.planned_visit(connection, plan)
        telling = Telling(session_scheduling.KEYS[What.SCHEDULED], visit, tuple(chosen))
        title, back = gettext("¿Agendar y avisar?"), url_for("today.overview")
        return _ask(connection, title, gettext("Agendar y avisar"), [telling], now, back, problems)
    batch = session_scheduling.schedule(connection, office(), plan, chosen, plan.gestor_id, now)
    audit.record_many(connection, plan.gestor_id, "scheduled_session", "family", chosen, now, batch=str(batch))
    return _done(
        gettext("La sesión quedó en el calendario."),
        batch,
        url_for("calendar.overview", desde=local_day(plan.starts_at)),
    )


def _move(connection: Connection, form: Form, entry: Entry, plan: Plan, now: datetime) -> ResponseReturnValue | None:
    staying = [attendee.family_id for attendee in entry.attendees]
    try:
        session_changes.check(plan, staying, now)
    except SessionError as error:
        form.refuse("hora", gettext(str(error)))
        return None
    session_id = entry.session.id
    if not confirmed():
        clash = sessions.clashes(connection, plan.gestor_id, plan.starts_at, plan.minutes, besides=[session_id])
        problems = [Problem.CLASH] if clash else []
        visit = session_scheduling.planned_visit(connection, plan)
        telling = Telling(session_scheduling.KEYS[What.MOVED], visit, tuple(staying))
        title, back = gettext("¿Mover la sesión?"), url_for(".one", session_id=session_id)
        return _ask(connection, title, gettext("Mover y avisar"), [telling], now, back, problems)
    batch = session_scheduling.move(
        connection, office(), session_id, plan.starts_at, plan.place, plan.minutes, plan.gestor_id, now
    )
    audit.record(connection, plan.gestor_id, "moved", "session", session_id, now, batch=str(batch))
    return _done(
        gettext("La sesión quedó movida."), batch, url_for("calendar.overview", desde=local_day(plan.starts_at))
    )


def _ask(
    connection: Connection,
    title: str,
    button: str,
    tellings: Sequence[Telling],
    now: datetime,
    back: str,
    problems: Sequence[Problem] = (),
    *,
    again: bool = False,
) -> str:
    """The second look: what will be said, to how many, who is left out and why, and what it costs."""
    preview: Preview = session_scheduling.preview(connection, office(), tellings, now, again=again)
    names = families.head_names(connection, services().cipher, list(preview.left_out)[:SHOWN_LEFT_OUT])
    return render_template(
        "calendar/preview.html",
        title=title,
        button=button,
        preview=preview,
        problems=problems,
        names=names,
        back=back,
        at_once=preview.leaves_at <= now,
        fields=[(name, value) for name, value in request.form.items(multi=True) if name not in ALREADY_SENT],
    )


def _done(text: str, batch: UUID, target: str) -> ResponseReturnValue:
    services().bell.ring("jobs.drain")
    notices.done(text, Undo(url_for("planning.undo"), {"tanda": str(batch)}))
    return redirect(target, 303)


def _problem(error: SessionError, session_id: int) -> ResponseReturnValue:
    notices.problem(gettext(str(error)))
    return redirect(url_for("planning.one", session_id=session_id), 303)
