"""The pages of the monthly closings: what a month was, beside another, for the places where one works."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Final

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from admin import confirming, exports, notices, public
from admin.council import paper
from admin.language import day, gettext, language, mark, month_name, number
from admin.permission import permits
from admin.services import services, today
from admin.sessions import member
from bot import monthly_closing
from bot.monthly_closing import Closing, ClosingError, Report
from families import audit
from families.staff import Role

READERS: Final = (Role.ZONAL, Role.UT, Role.NATIONAL, Role.AUDITOR)

NAMES: Final = {
    "families_active": mark("Familias acompañadas"),
    "families_signed": mark("Familias que firmaron el acuerdo"),
    "families_graduated": mark("Familias que egresaron con sus logros"),
    "sessions_held": mark("Sesiones realizadas"),
    "families_attended": mark("Asistencias de familias"),
    "achievements_reported": mark("Logros contados por las familias"),
    "achievements_verified": mark("Logros verificados"),
    "referrals_offered": mark("Remisiones ofrecidas"),
    "referrals_accepted": mark("Remisiones aceptadas"),
    "referrals_served": mark("Remisiones atendidas"),
    "complaints_filed": mark("PQR recibidas"),
    "complaints_answered": mark("PQR contestadas"),
    "complaints_overdue": mark("PQR vencidas al cierre"),
    "libreta_invited": mark("Libreta: familias invitadas (ronda abierta en el mes)"),
    "libreta_answered": mark("Libreta: familias que respondieron (ronda cerrada en el mes; al menos, de 5 en 5)"),
}
"""Each figure of `monthly_closing.FIGURES` as it is called."""

PROBLEMS: Final = {
    "not_over": mark("Ese mes no ha terminado."),
    "closed_already": mark("Ese mes ya está cerrado."),
    "gap": mark("Antes hay que cerrar los meses anteriores."),
}

closings = Blueprint("closings", __name__, url_prefix="/admin/cierres")


@closings.get("/")
@permits(*READERS)
def listing() -> ResponseReturnValue:
    """The months that are closed, and the one that can be."""
    listed = services().database.idempotent(monthly_closing.listed)
    month = _next(listed)
    over = monthly_closing.bounds(month)[1] <= datetime.now(UTC)
    return render_template(
        "closings/list.html",
        listed=listed,
        month=month if over and member().role is Role.NATIONAL else None,
        month_name=month_name,
    )


@closings.post("/")
@permits(Role.NATIONAL)
def close() -> ResponseReturnValue:
    """Close the next month, after a second look."""
    with services().database.transaction() as connection:
        month = _next(monthly_closing.listed(connection))
        if not confirming.confirmed():
            return confirming.ask(
                gettext("¿Cerrar %(month)s?") % {"month": month_name(month)},
                gettext("Las cifras del mes quedan fijas y numeradas para siempre: nadie las puede cambiar después."),
                gettext("Sí, cerrar el mes"),
                url_for("closings.listing"),
            )
        now = datetime.now(UTC)
        try:
            made = monthly_closing.close(connection, month, now, member().id)
        except ClosingError as error:
            notices.problem(gettext(PROBLEMS[error.code]))
            return redirect(url_for("closings.listing"), 303)
        audit.record(connection, member().id, "closed", "month", made, now, month=month)
    notices.done(gettext("Cierre %(number)s hecho.") % {"number": made})
    return redirect(url_for("closings.one", closing_id=made), 303)


@closings.get("/<int:closing_id>")
@permits(*READERS)
def one(closing_id: int) -> ResponseReturnValue:
    """One closing, beside the one before or another that the address names."""
    other = request.args.get("con", "")
    other_id = int(other) if other.isascii() and other.isdecimal() and len(other) < 9 else closing_id - 1

    def read(connection: Connection) -> ResponseReturnValue:
        report = _report(connection, closing_id)
        compared = monthly_closing.report(connection, other_id, member().territories)
        listed = by_place(report)
        places = public.place_names(connection, [*listed, *report.by_municipality])
        if (kind := request.args.get("formato")) in exports.KINDS:
            return _file(report, places, str(kind))
        return render_template(
            "closings/one.html",
            report=report,
            compared=compared,
            by_place=listed,
            places=places,
            names=NAMES,
            listed=[each for each in monthly_closing.listed(connection) if each.id != closing_id],
            month_name=month_name,
        )

    return services().database.idempotent(read)


@closings.get("/cuentas-<int:year>.pdf")
@permits(*READERS)
def annual_account(year: int) -> ResponseReturnValue:
    """The account of a year (*rendición de cuentas*) on paper: its closings added up, month beside month."""

    def read(connection: Connection) -> Response:
        closed = [each for each in reversed(monthly_closing.listed(connection)) if each.month.year == year]
        if not closed:
            abort(404)
        reports = [_report(connection, each.id) for each in closed]
        response = Response(paper("account", _account(connection, year, reports)), content_type="application/pdf")
        response.headers["Content-Disposition"] = f'inline; filename="cuentas-{year}-{language()}.pdf"'
        return response

    return services().database.idempotent(read)


def _next(listed: Sequence[Closing]) -> date:
    """The month that is to be closed next: after the last one, or last month where none is."""
    if listed:
        return monthly_closing.following(listed[0].month)
    return monthly_closing.previous(today())


def _report(connection: Connection, closing_id: int) -> Report:
    found = monthly_closing.report(connection, closing_id, member().territories)
    if found is None:
        abort(404)
    return found


def by_place(report: Report) -> Mapping[str, Mapping[str, int]]:
    """The figures by municipality, or by department where there are more municipalities than a page is for."""
    if len(report.by_municipality) <= public.MOST_PLACES:
        return report.by_municipality
    found: dict[str, dict[str, int]] = {}
    for code, figures in report.by_municipality.items():
        sums = found.setdefault(code[: public.DEPARTMENT], dict.fromkeys(figures, 0))
        for figure, value in figures.items():
            sums[figure] += value
    return found


def _file(report: Report, places: Mapping[str, str], kind: str) -> Response:
    header = [gettext("Código"), gettext("Municipio"), *(gettext(name) for name in NAMES.values())]
    rows = [
        [code, places[code], *(figures[name] for name in NAMES)] for code, figures in report.by_municipality.items()
    ]
    return exports.download(kind, f"cierre-{report.closing.id}", header, rows)


def _account(connection: Connection, year: int, reports: list[Report]) -> dict[str, object]:
    places = public.place_names(connection, list(member().territories))
    standing = {"families_active", "complaints_overdue"}
    return {
        "language": language(),
        "title": gettext("Rendición de cuentas %(year)s") % {"year": year},
        "place": ", ".join(places.values()),
        "source": gettext("JUNTOS · cierres mensuales %(first)s a %(last)s · %(day)s")
        % {
            "first": reports[0].closing.id,
            "last": reports[-1].closing.id,
            "day": day(today()),
        },
        "head": [gettext("Cifra"), *(f"{report.closing.month:%m}" for report in reports), gettext("Año")],
        "rows": [
            [
                gettext(name),
                *(number(report.total[figure]) for report in reports),
                number(
                    reports[-1].total[figure] if figure in standing else sum(report.total[figure] for report in reports)
                ),
            ]
            for figure, name in NAMES.items()
        ],
        "note": gettext(
            "Cada columna es un cierre mensual. De lo que se cuenta al final del mes, el año muestra el último mes."
        ),
    }
