"""Open data: everything that was published, as files with stable addresses that programs can read.

Only what the public pages show is in them: they are made of the same frozen cards.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from flask import Blueprint, Response, abort, render_template, request, url_for
from sqlalchemy import Connection

from admin import cards, indicators, public
from admin.language import SPANISH, mark
from admin.permission import anyone
from admin.services import services, today
from bot.dialogues.survey import choice_label
from families import territory
from surveys import aggregates, commitments, export, library, publications, waves
from surveys.answers import actors
from surveys.waves import Wave

LICENCE: Final = "CC BY 4.0"
LICENCE_ADDRESS: Final = "https://creativecommons.org/licenses/by/4.0/deed.es"

DICTIONARY: Final[Mapping[str, str]] = {
    "wave": mark("Número de la ronda; las rondas están en rondas.csv"),
    "territory": mark("Código DIVIPOLA: cinco cifras un municipio, dos un departamento, vacío el país"),
    "group": mark("Parte de toda la ronda: zona, canal, si tuvo un problema o si le pidieron plata"),
    "actor": mark("A quién se califica: el programa, o gestor, municipio, coordinacion; vacío si a nadie"),
    "indicator": mark("Qué se mide: grade es la nota; las demás, la pregunta del cuestionario"),
    "answer": mark(
        "Una respuesta: la nota de 1 a 5, o la opción del cuestionario. Lo que dijeron menos de tres no está"
    ),
    "invited": mark("Familias invitadas, redondeadas a 5"),
    "started": mark("Familias que comenzaron a responder, redondeadas a 5; vacío si no se publica"),
    "unreachable": mark("Familias sin teléfono al que llegar, redondeadas a 5"),
    "respondents": mark("Familias que respondieron, redondeadas a 5; vacío si la cifra no se publica"),
    "mean": mark("Promedio de las notas de 1 a 5, con un decimal"),
    "share_percent": mark(
        "De cada 100, cuántas satisfechas (4 o 5), cuántas dijeron sí o esa respuesta, o cuántas participaron,"
        " redondeado a 5"
    ),
    "share_bound": mark("≥ o ≤ si el porcentaje es solo un límite: casi todas o casi ninguna"),
    "low_percent": mark("Límite inferior del intervalo del 95 por ciento, redondeado a 5"),
    "high_percent": mark("Límite superior del intervalo del 95 por ciento, redondeado a 5"),
    "effective_respondents": mark("A cuántas respuestas sin pesos equivalen, redondeadas a 5; desde 100 respuestas"),
    "unweighted": mark("La nota o el porcentaje sin pesos, para ver qué hacen; desde 100 respuestas"),
    "change_since": mark("Ronda con la que se compara el porcentaje; vacío si no se puede comparar"),
    "change_points": mark("Puntos que cambió el porcentaje desde esa ronda, redondeados a 5"),
    "change_low": mark("Límite inferior del intervalo del 95 por ciento de ese cambio, en puntos"),
    "change_high": mark("Límite superior del intervalo del 95 por ciento de ese cambio, en puntos"),
    "change_clear": mark("1 si cambió más de lo que explica el azar, 0 si no"),
    "kind": mark("De qué es el código: territory, actor, indicator o answer"),
    "code": mark("El código, como está en las otras tablas"),
    "name": mark("Cómo se llama"),
}
"""What each column of a wave's tables means."""

NAMES: Final = ("kind", "code", "name")
WAVES: Final = ("wave", "name", "territory", "period_start", "period_end", "published_on")
COMMITMENTS: Final = ("id", "wave", "territory", "actor", "said", "promise", "owner", "due_on", "state", "outcome")

open_data = Blueprint("open_data", __name__, url_prefix="/datos")


@dataclass(frozen=True, slots=True)
class Dataset:
    """A table: its columns and how its rows are read."""

    columns: Sequence[str]
    rows: Callable[[Connection], Iterable[Sequence[Any]]]


@open_data.get("/")
@anyone
def index() -> Response:
    """What there is, what the columns mean, and what one may do with it."""
    found = services().database.idempotent(public.published_waves)
    page = render_template(
        "public/open_data.html",
        waves=found,
        tables={table: title for table, (title, _, _) in TABLES.items()},
        dictionary=DICTIONARY,
        licence=LICENCE,
        licence_address=LICENCE_ADDRESS,
    )
    return public.kept(page)


@open_data.get("/<any(libreta, respuestas, grupos, participacion, nombres):table>-<int:wave_id>.<any(csv, json):kind>")
@anyone
def wave(table: str, wave_id: int, kind: str) -> Response:
    """One of the tables of a published wave."""
    _, columns, read = TABLES[table]

    def rows(connection: Connection) -> Iterable[Sequence[Any]]:
        if wave_id not in {each.id for each in public.published_waves(connection)}:
            abort(404)
        return list(read(connection, wave_id))

    return _file(Dataset(columns, rows), f"{table}-{wave_id}", kind)


@open_data.get("/rondas.<any(csv, json):kind>")
@anyone
def all_waves(kind: str) -> Response:
    """The waves that were published."""
    return _file(Dataset(WAVES, lambda connection: map(_wave, public.published_waves(connection))), "rondas", kind)


@open_data.get("/compromisos.<any(csv, json):kind>")
@anyone
def promises(kind: str) -> Response:
    """All commitments as they stand."""

    def rows(connection: Connection) -> Iterable[Sequence[Any]]:
        listed = commitments.listed(connection, "", today())
        return [[getattr(each, {"wave": "wave_id"}.get(name, name)) for name in COMMITMENTS] for each in listed]

    return _file(Dataset(COMMITMENTS, rows), "compromisos", kind)


@open_data.get("/diccionario.<any(csv, json):kind>")
@anyone
def dictionary(kind: str) -> Response:
    """What the columns of a wave's table mean, in Spanish."""
    return _file(Dataset(("column", "meaning"), lambda _connection: list(DICTIONARY.items())), "diccionario", kind)


def _names(connection: Connection, wave_id: int) -> Iterable[Sequence[Any]]:
    """What the codes of a wave's tables are called, in Spanish."""
    wave = waves.get(connection, wave_id)
    assert wave is not None
    form, codes = library.load(connection, wave.form_version_id), publications.territories(connection, wave_id)
    places = {**territory.department_names(connection), **territory.municipality_names(connection, codes)}
    places[territory.COUNTRY] = "Colombia"
    yield from (("territory", code, places.get(code, code)) for code in codes)
    graded = [actor for actor in actors(form) if actor]
    yield from (("actor", actor, cards.NAMES.get(actor) or choice_label(form, actor, SPANISH)) for actor in graded)
    measured = dict.fromkeys(measure.indicator for measure in aggregates.measured(connection, wave_id).values())
    yield from (("indicator", one, indicators.NAMES.get(one, one)) for one in measured)
    answers = dict.fromkeys(choice.name for choices in form.lists.values() for choice in choices.choices)
    yield from (("answer", one, choice_label(form, one, SPANISH)) for one in answers)


TABLES: Final = {
    "libreta": (mark("Notas y porcentajes"), export.PUBLISHED, export.published),
    "respuestas": (mark("Cómo se reparten las respuestas"), export.DISTRIBUTIONS, export.distributions),
    "grupos": (mark("Por zona, canal, problemas y cobros"), export.GROUPS, export.groups),
    "participacion": (mark("Cuántas familias participaron"), export.PARTICIPATION, export.participation),
    "nombres": (mark("Nombres de los códigos"), NAMES, _names),
}
"""The tables of a wave, by the first word of their address: what they hold, their columns, how they are read."""


def _wave(wave: Wave) -> Sequence[Any]:
    assert wave.published_at is not None
    return (wave.id, wave.name, wave.territory, wave.period_start, wave.period_end, wave.published_at.date())


def _file(dataset: Dataset, name: str, kind: str) -> Response:
    rows = services().database.idempotent(lambda connection: list(dataset.rows(connection)))
    if kind == "json":
        body = orjson.dumps(
            {
                "licence": LICENCE,
                "source": request.base_url,
                "dictionary": url_for("open_data.dictionary", kind="json", _external=True),
                "rows": [dict(zip(dataset.columns, row, strict=True)) for row in rows],
            }
        )
        response = Response(body, content_type="application/json")
    else:
        written = ([_cell(value) for value in row] for row in rows)
        response = Response("".join(export.csv_lines(dataset.columns, written)), content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.add_etag()
    response.make_conditional(request)
    return response


def _cell(value: Any) -> str | int | float | None:
    return value if value is None or isinstance(value, int | float) else str(value)
