"""A family's page: people, phones, progress, life plan, what happened, notes; and what its gestor puts down there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, Row, select

from admin import notices
from admin.complaints_words import KINDS, STATES
from admin.families import READERS
from admin.forms import LONG, Form, unsaid
from admin.language import gettext, local_day, mark
from admin.notices import Undo
from admin.permission import permits
from admin.services import services
from admin.sessions import member
from bot import progress_questions, progress_steps, register
from bot.desk import Office
from bot.family_timeline import timeline
from bot.forbidden_words import ForbiddenWordError
from bot.progress_steps import StepError
from families import (
    achievements,
    assignments,
    audit,
    complaints_board,
    consents,
    families,
    life_plan,
    news,
    notes,
    progress,
    radicado,
    scope,
    sessions,
)
from families.achievements import Current
from families.assignments import GestorAssignment
from families.catalogue import DIMENSIONS
from families.claims import Verdict
from families.complaints import ComplaintRow
from families.complaints_board import Filter
from families.families import Family, FamilyRecord
from families.life_plan import Goal, Outcome, PlanError
from families.programmes import ProgrammeRow
from families.referrals import OPEN, ReferralRow
from families.staff import Role, StaffMember
from families.territory import Municipality

WRITERS: Final = (Role.GESTOR, Role.ZONAL)
"""Who puts something down: those who know the family."""
MOST_COMPLAINTS: Final = 10

family = Blueprint("family", __name__, url_prefix="/admin/familias")


@dataclass(frozen=True, slots=True)
class Section:
    """What another part of the service knows of a family: a title, lines, and where there is more."""

    title: str
    endpoint: str
    lines: Callable[[Connection, int, datetime], Sequence[tuple[datetime, str]]]


def _sessions(connection: Connection, family_id: int, now: datetime) -> Sequence[tuple[datetime, str]]:
    return [(one.starts_at, one.place) for one in sessions.upcoming(connection, family_id, now)]


def _referrals(connection: Connection, family_id: int, _now: datetime) -> Sequence[tuple[datetime, str]]:
    rows = connection.execute(
        select(ReferralRow.proposed_at, ProgrammeRow.name)
        .join(ProgrammeRow, ProgrammeRow.id == ReferralRow.programme_id)
        .where(ReferralRow.family_id == family_id, ReferralRow.state.in_(OPEN))
        .order_by(ReferralRow.id.desc())
    )
    return [(row.proposed_at, row.name) for row in rows]


def _complaints(connection: Connection, family_id: int, now: datetime) -> Sequence[tuple[datetime, str]]:
    """Those of the family that the reader may see: a gestor none that is reserved."""
    mine = complaints_board.query(member(), Filter(), now).where(ComplaintRow.family_id == family_id)
    rows = connection.execute(mine.order_by(ComplaintRow.id.desc()).limit(MOST_COMPLAINTS))
    return [
        (
            row.received_at,
            f"{radicado.display(row.radicado)} · {gettext(KINDS[row.kind])} · {gettext(STATES[row.status])}",
        )
        for row in rows
    ]


SECTIONS: Final = (
    Section(mark("Próximas sesiones"), "calendar.overview", _sessions),
    Section(mark("Programas que se le ofrecen"), "referrals.listing", _referrals),
    Section(mark("Peticiones y quejas"), "complaints.listing", _complaints),
)
"""Parts of the page that other parts of the service fill."""


@family.get("/<int:family_id>")
@permits(*READERS)
def one(family_id: int) -> ResponseReturnValue:
    """One family."""
    return _page(family_id, Form())


@family.get("/<int:family_id>/historia")
@permits(*READERS)
def history(family_id: int) -> ResponseReturnValue:
    """What has happened with a family."""
    now, person = datetime.now(UTC), member()
    with services().database.transaction() as connection:
        record = _found(connection, family_id)
        current = _catalogue(connection)
        entries = timeline(connection, family_id)
        allowed = consents.file(connection, family_id)
        accompanied = assignments.history(connection, family_id)
        names = families.head_names(connection, services().cipher, [family_id])
        audit.record(connection, person.id, "viewed", "family", family_id, now, page="history")
    labels = {each.code: each.label for each in current.achievements}
    return render_template(
        "families/history.html",
        record=record,
        name=names.get(family_id, ""),
        timeline=entries,
        consents=allowed,
        accompanied=accompanied,
        labels=labels,
    )


@family.post("/<int:family_id>/logros/<code>")
@permits(*WRITERS)
def judge(family_id: int, code: str) -> ResponseReturnValue:
    """Verify an achievement, send it back with a reason, or put down what holds."""
    form, now, person = Form(request.form), services().database.now(), member()
    step = form.choice("paso", ("confirmar", "devolver", "pendiente", "no_aplica"))
    with services().database.transaction() as connection:
        _found(connection, family_id)
        office = Office(services().cipher, services().texts)
        try:
            match step:
                case "confirmar":
                    progress_steps.verify(connection, office, family_id, code, now, person.id)
                case "devolver":
                    reason = form.text("motivo", longest=LONG, required=False)
                    progress_steps.send_back(connection, office, family_id, code, reason, now, person.id)
                case "pendiente" | "no_aplica":
                    verdict = Verdict.NOT_REACHED if step == "pendiente" else Verdict.NOT_APPLICABLE
                    progress_steps.judge(connection, office.cipher, family_id, code, verdict, now, person.id)
                case _:
                    abort(400)
        except StepError as error:
            notices.problem(gettext(str(error)))
        except ForbiddenWordError as error:
            notices.problem(unsaid(error.word))
        else:
            audit.record(connection, person.id, "judged", "family", family_id, now, achievement=code, step=step)
            fields = {"momento": now.isoformat(), "vuelve": form.value("vuelve")}
            undo = Undo(url_for("family.take_back", family_id=family_id, code=code), fields)
            notices.done(gettext(_DONE[step]), undo)
    return _back_to(form, family_id, code)


@family.post("/<int:family_id>/logros/<code>/deshacer")
@permits(*WRITERS)
def take_back(family_id: int, code: str) -> ResponseReturnValue:
    """Undo what was put down of an achievement less than a minute ago."""
    form, now, person = Form(request.form), services().database.now(), member()
    with services().database.transaction() as connection:
        _found(connection, family_id)
        office = Office(services().cipher, services().texts)
        at = form.moment("momento")
        undone = at is not None and progress_steps.take_back(connection, office, family_id, code, at, now, person.id)
        if undone:
            audit.record(connection, person.id, "undid", "family", family_id, now, achievement=code)
    if undone:
        notices.done(gettext("Se deshizo: la familia no recibe nada."))
    else:
        notices.problem(gettext("Ya pasó un minuto: no se puede deshacer. Cámbielo en la página de la familia."))
    return _back_to(form, family_id, code)


def _back_to(form: Form, family_id: int, code: str) -> ResponseReturnValue:
    """The page where an achievement was judged."""
    if form.value("vuelve") == "cola":
        return redirect(url_for("achievements.queue"), 303)
    return redirect(url_for("family.one", family_id=family_id) + f"#logro-{code}", 303)


_DONE: Final = {
    "confirmar": mark("Quedó verificado. Si la familia lo había avisado, en un minuto le llega un mensaje."),
    "devolver": mark("Quedó devuelto. La familia recibe el motivo por mensaje en un minuto."),
    "pendiente": mark("Quedó como pendiente."),
    "no_aplica": mark("Quedó como que no aplica a esta familia."),
}


@family.post("/<int:family_id>/metas")
@permits(*WRITERS)
def plan(family_id: int) -> ResponseReturnValue:
    """Add a goal to the life plan, put one first, or take one out."""
    form, now, person = Form(request.form), datetime.now(UTC), member()
    step = form.choice("paso", ("agregar", "primera", "quitar"))
    with services().database.transaction() as connection:
        _found(connection, family_id)
        current = _catalogue(connection)
        code = form.choice("meta", [each.code for each in current.achievements])
        wanted_by = form.day("hasta", earliest=local_day(now), required=False)
        if not form.valid:
            notices.problem(form.problems.get("hasta") or gettext("Escoja una meta de la lista."))
            return redirect(url_for("family.one", family_id=family_id) + "#metas", 303)
        open_goals = life_plan.goals(connection, family_id, current.id)
        try:
            match step:
                case "agregar":
                    progress_questions.choose(connection, family_id, current.id, code, now, person.id, wanted_by)
                case "primera":
                    life_plan.order(connection, family_id, current.id, [code])
                case _:
                    life_plan.end(connection, family_id, current.id, code, Outcome.DROPPED, now)
        except PlanError as error:
            notices.problem(gettext(str(error)))
        else:
            audit.record(connection, person.id, "planned", "family", family_id, now, goal=code, step=step)
            dropped = next((one for one in open_goals if one.code == code and step == "quitar"), None)
            notices.done(gettext("El proyecto de vida quedó al día."), _added_again(family_id, dropped, local_day(now)))
    return redirect(url_for("family.one", family_id=family_id) + "#metas", 303)


def _added_again(family_id: int, goal: Goal | None, today: date) -> Undo | None:
    """The way back of taking a goal out of the plan, with its date where that has not passed."""
    if goal is None:
        return None
    until = goal.wanted_by.isoformat() if goal.wanted_by and goal.wanted_by >= today else ""
    return Undo(url_for("family.plan", family_id=family_id), {"paso": "agregar", "meta": goal.code, "hasta": until})


@family.post("/<int:family_id>/notas")
@permits(*READERS)
def note(family_id: int) -> ResponseReturnValue:
    """Write a note."""
    form, now, person = Form(request.form), datetime.now(UTC), member()
    body = form.text("nota", longest=notes.LONGEST)
    if not form.valid:
        return _page(family_id, form), 422
    with services().database.transaction() as connection:
        _found(connection, family_id)
        notes.add(connection, services().cipher, family_id, person.id, body, now)
        audit.record(connection, person.id, "noted", "family", family_id, now)
    notices.done(gettext("La nota quedó guardada."))
    return redirect(url_for("family.one", family_id=family_id) + "#notas", 303)


@family.post("/novedades/<int:news_id>")
@permits(*READERS)
def seen(news_id: int) -> ResponseReturnValue:
    """A piece of news was seen."""
    now, person = datetime.now(UTC), member()
    with services().database.transaction() as connection:
        where = scope.families(person, Family.id, Family.municipality_code)
        family_id = news.see(connection, news_id, where, person.id, now)
        if family_id is None:
            abort(404)
        audit.record(connection, person.id, "saw_news", "family", family_id, now)
    return redirect(url_for("achievements.queue"), 303)


def _page(family_id: int, form: Form) -> str:
    now, person, cipher = datetime.now(UTC), member(), services().cipher
    with services().database.transaction() as connection:
        record, surroundings = _surrounded(connection, family_id)
        current = _catalogue(connection)
        seen_progress = progress.of_family(connection, cipher, current, family_id, local_day(now))
        goals = life_plan.goals(connection, family_id, current.id)
        page = render_template(
            "families/one.html",
            form=form,
            record=record,
            surroundings=surroundings,
            members=families.members(connection, cipher, family_id),
            phones=register.phones(connection, cipher, family_id),
            progress=seen_progress,
            goals=[(goal, current.get(goal.code)) for goal in goals],
            choosable=_choosable(connection, record, seen_progress, [goal.code for goal in goals]),
            dimensions=DIMENSIONS,
            labels={each.code: each.label for each in current.achievements},
            sections=[(one, one.lines(connection, family_id, now)) for one in SECTIONS],
            notes=notes.listing(connection, cipher, family_id),
            writes=person.role in WRITERS,
            plans_sessions=person.role is Role.GESTOR,
            today=local_day(now),
        )
        audit.record(connection, person.id, "viewed", "family", family_id, now)
    return page


def _surrounded(connection: Connection, family_id: int) -> tuple[FamilyRecord, Row[*tuple[Any, ...]]]:
    """The family as `_found` finds it, with the `place` where it lives and the name of the `gestor`."""
    accompanied = (GestorAssignment.family_id == Family.id) & GestorAssignment.until.is_(None)
    row = connection.execute(
        families.query()
        .add_columns(Municipality.name.label("place"), StaffMember.name.label("gestor"))
        .join(Municipality, Municipality.code == Family.municipality_code)
        .outerjoin(GestorAssignment, accompanied)
        .outerjoin(StaffMember, StaffMember.id == GestorAssignment.gestor_id)
        .where(Family.id == family_id, scope.families(member(), Family.id, Family.municipality_code))
    ).one_or_none()
    if row is None:
        abort(404)
    return families.record(row), row


def _choosable(
    connection: Connection, record: FamilyRecord, seen: progress.Progress, chosen: Sequence[str]
) -> dict[str, str]:
    """What the family may still go for, what its municipality puts first at the beginning."""
    steps = progress.next_steps(connection, record.municipality, seen, [])
    return {step.code: step.label for step in steps if step.code not in chosen}


def _found(connection: Connection, family_id: int) -> FamilyRecord:
    """The family, if it is one that this person may see; else there is no such page."""
    where = scope.families(member(), Family.id, Family.municipality_code)
    record = families.get(connection, family_id, where)
    if record is None:
        abort(404)
    return record


def _catalogue(connection: Connection) -> Current:
    return achievements.current(connection) or Current(0, (), "")
