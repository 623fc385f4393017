"""The report for a municipality's council (COMPOS) on paper: what was published there, and what was promised."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson
import typst
from flask import Blueprint, Response, abort, request
from sqlalchemy import Connection, Row

from admin import cards, public
from admin.commitments import state_name
from admin.language import day, gettext, language, ngettext, number, short_day
from admin.permission import anyone
from admin.services import services, today
from admin.site import changed
from surveys import comments, commitments, library, publications
from surveys.disclosure import PublicCard
from surveys.form import Form
from surveys.waves import Wave

PAPERS: Final = Path(__file__).parent / "papers"
ASKED: Final = ("problem", "solved", "payment")
"""What of those who were graded goes into the second table."""
MOST_COMMENTS: Final = 4
MOST_PROMISES: Final = 6
LONGEST_CELL: Final = 150
"""Commitments, and characters of what is written of each, that leave room on the second page for those to come."""
LONGEST_COMMENT: Final = 220
"""Characters: so many comments of this length still fit on the first page of the fullest report."""

council = Blueprint("council", __name__)


@council.get("/informe/<int:wave_id>/<place>.pdf")
@anyone
def report(wave_id: int, place: str) -> Response:
    """Two pages for the meeting; `place` is a DIVIPOLA code, or «pais»."""
    code = "" if place == "pais" else place
    data = services().database.idempotent(lambda connection: contents(connection, wave_id, code))
    response = Response(paper("council", data), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="libreta-{wave_id}-{place}-{language()}.pdf"'
    response.add_etag()
    response.make_conditional(request)
    return response


def paper(template: str, data: Mapping[str, Any]) -> bytes:
    """A PDF out of a template in `papers/`. Texts go along as data: nothing in them is markup."""
    written = orjson.dumps(data).decode()
    pages = typst.compile(PAPERS / f"{template}.typ", sys_inputs={"data": written}, ignore_system_fonts=True)
    assert isinstance(pages, bytes)
    return pages


def contents(connection: Connection, wave_id: int, code: str) -> Mapping[str, Any]:
    """What the report of a territory says, in the language of the page. 404 for one that was not published."""
    listed = public.published_waves(connection)
    wave = next((each for each in listed if each.id == wave_id), None)
    card = publications.published(connection, wave_id, code) if wave else None
    if wave is None or card is None:
        abort(404)
    form = library.load(connection, wave.form_version_id)
    lines = cards.public_lines(card, form)
    promised = _promised(connection, code)
    hushed = ", ".join(line.name for line in lines if not line.grade)
    return {
        "language": language(),
        "title": gettext("Libreta de Calificaciones"),
        "place": public.place_names(connection, [code])[code],
        "wave": wave.name,
        "period": _period(wave),
        "source": gettext("JUNTOS · cifras publicadas, sin nombres · %(address)s")
        % {"address": services().settings.public_url},
        "words": _words(),
        "facts": _facts(card),
        "grades": [
            {
                "name": line.name,
                "mean": line.grade,
                "value": line.mean or (4 if line.grade.startswith("4") else 1),
                "share": line.share,
                "margin": line.interval,
                "n": number(line.n),
                "change": changed(figure.change),
            }
            for line in lines
            if line.grade and (figure := card.figure(line.actor, cards.GRADE)) is not None
        ],
        "hushed": gettext("Sin nota publicada: %(names)s.") % {"names": hushed} if hushed else "",
        "problems": _problems(card, form),
        "comments": _comments(connection, wave_id, code),
        "promises": [
            {
                "said": _short(each.said),
                "promise": _short(each.outcome or each.promise),
                "owner": each.owner,
                "due": short_day(each.due_on),
                "state": state_name(each),
            }
            for each in promised[:MOST_PROMISES]
        ],
        "more": _more(len(promised) - MOST_PROMISES),
        "method": _method(),
    }


def _promised(connection: Connection, code: str) -> Sequence[Row[Any]]:
    """The commitments that a meeting of this territory looks at: its own, and those of what it lies in."""
    found = commitments.listed(connection, code, today())
    return [each for each in found if len(each.territory) <= len(code)]


def _short(words: str) -> str:
    """As much of a text as a cell of the table holds."""
    return words if len(words) <= LONGEST_CELL else f"{words[: LONGEST_CELL - 1].rstrip()}…"


def _more(count: int) -> str:
    if count <= 0:
        return ""
    told = ngettext("Hay %(num)s compromiso más en la página.", "Hay %(num)s compromisos más en la página.", count)
    return told % {"num": count}


def _period(wave: Wave) -> str:
    bounds = {"start": day(wave.period_start), "end": day(wave.period_end)}
    return gettext("%(start)s a %(end)s") % bounds


def _facts(card: PublicCard) -> Sequence[Mapping[str, str]]:
    found = cards.public_facts(card)
    facts = {
        gettext("Familias invitadas"): found.invited,
        gettext("Respondieron"): found.started,
        gettext("De cada 100 invitadas"): found.rate or "–",
        gettext("Sin teléfono al que llegar"): found.unreachable,
    }
    return [{"name": name, "value": value} for name, value in facts.items()]


def _problems(card: PublicCard, form: Form) -> Sequence[Sequence[str]]:
    """A line for each who was graded: the share who had a problem, had it solved, were asked for money."""
    rows = []
    for actor, figures in card.actors.items():
        shares = [figures.get(name) for name in ASKED]
        written = ["–" if found is None or found.share is None else cards.written(found.share) for found in shares]
        if set(written) != {"–"}:
            rows.append([cards.actor_name(form, actor), *written])
    head = [gettext("Calificado"), gettext("Tuvo problemas"), gettext("Se resolvieron"), gettext("Le pidieron plata")]
    return [head, *sorted(rows)] if rows else []


def _comments(connection: Connection, wave_id: int, code: str) -> Sequence[str]:
    """Some of the comments that were let out, as chance has it: in the order of their random ids."""
    released = comments.released(connection, wave_id, code)
    return [each for each in released if len(each) <= LONGEST_COMMENT][:MOST_COMMENTS]


def _words() -> Mapping[str, str]:
    return {
        "participation": gettext("Cuántas familias participaron"),
        "grades": gettext("Las notas"),
        "who": gettext("Calificado"),
        "grade": gettext("Nota"),
        "satisfied": gettext("Satisfechas"),
        "answers": gettext("Respuestas"),
        "change": gettext("Cambio"),
        "nothing": gettext("Hubo muy pocas respuestas para publicar notas sin que se sepa quién respondió."),
        "problems": gettext("Problemas y cobros"),
        "comments": gettext("Lo que dicen las familias"),
        "chosen": gettext("Escogidos al azar entre los que la coordinación dejó publicar, sin nombres ni lugares."),
        "promises": gettext("Compromisos de antes"),
        "said": gettext("Las familias dijeron"),
        "promise": gettext("Compromiso"),
        "owner": gettext("Responde"),
        "due": gettext("Para cuándo"),
        "state": gettext("Estado"),
        "no_promises": gettext("Todavía no hay compromisos anotados."),
        "new_promises": gettext("Compromisos de esta reunión"),
        "new_promises_help": gettext("Anótelos aquí y después en la página, para que las familias los vean."),
        "how": gettext("Cómo se hacen estas cuentas"),
    }


def _method() -> Sequence[str]:
    return [
        gettext(
            "La nota es un promedio de 1 a 5, como en el colegio. «Satisfechas» son las familias que pusieron 4 o 5."
        ),
        gettext(
            "En gris va el margen: entre esos dos números está casi siempre la cifra de todas las familias."
            " Si dos márgenes se pisan, las cifras pueden ser iguales."
        ),
        gettext("Solo califica un programa la familia que lo usó en el último año."),
        gettext("Los porcentajes y los números se redondean a 5; no se publica ninguna cifra de pocas familias."),
        gettext("Nadie puede ver quién respondió. No se pregunta ni se publica si una familia es desplazada."),
    ]
