"""Questionnaires: uploaded, checked, tried on a simulated phone, compared with what is published, and published."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection
from sqlalchemy.exc import NoResultFound

from admin import confirming, notices
from admin.forms import Form as Filled
from admin.language import gettext
from admin.permission import permits
from admin.services import services
from admin.sessions import member
from bot.trial import Heeded, Trial
from families import audit
from families.staff import Role
from messaging.address import Channel
from messaging.content import Content
from messaging.encoding import fold_for_sms, segments
from surveys import attachments, drafts, library
from surveys.attachments import LARGEST, MEDIA_TYPES, AttachmentError
from surveys.check import check
from surveys.diff import Change, diff
from surveys.drafts import Draft
from surveys.form import Form
from surveys.library import FormVersion
from surveys.problems import Problem, has_errors

AUTHORS: Final = (Role.NATIONAL, Role.ADMIN)
LONGEST_TRIAL: Final = 300
"""Messages of one trial."""
LONGEST_MESSAGE: Final = 2_000

forms_page = Blueprint("forms", __name__, url_prefix="/admin/formularios")


@dataclass(frozen=True, slots=True)
class Turn:
    """What was heard on the simulated phone, and what was said to it."""

    heard: str
    said: Content
    outcome: str

    @property
    def sms(self) -> int:
        """How many SMS the answer takes."""
        return segments(fold_for_sms(self.said.text)).count


@forms_page.get("/")
@permits(*AUTHORS)
def listing() -> ResponseReturnValue:
    """What is published and what is not yet."""
    return _listing(Filled())


@forms_page.post("/")
@permits(*AUTHORS)
def upload() -> ResponseReturnValue:
    """Keep an uploaded workbook as a draft."""
    form, workbook = Filled(request.form), request.files.get("workbook")
    files = {file.filename: file.read() for file in request.files.getlist("files") if file.filename}
    data = workbook.read() if workbook else b""
    if not workbook or not workbook.filename or not data:
        form.refuse("workbook", gettext("Escoja el archivo de Excel del formulario."))
    if wrong := [name for name in files if not drafts.takes(name)]:
        form.refuse("files", gettext("No se pueden usar: %(names)s.") % {"names": ", ".join(wrong)})
    if not form.valid or not workbook or not workbook.filename:
        return _listing(form), 422
    now = datetime.now(UTC)
    with services().database.transaction() as connection:
        draft_id = drafts.keep(connection, workbook.filename[:200], data, files, member().id, now)
        audit.record(connection, member().id, "uploaded", "form_draft", draft_id, now)
    return redirect(url_for("forms.draft", draft_id=draft_id), 303)


@forms_page.get("/borradores/<int:draft_id>")
@permits(*AUTHORS)
def draft(draft_id: int) -> ResponseReturnValue:
    """A draft with every problem by sheet and row, and what it changes of what is published."""
    with services().database.transaction() as connection:
        shown = _draft(connection, draft_id)
        problems = check(shown.workbook, shown.tables)
        form = shown.compiled().form
        before = _published(connection, form) if form else None
        changes = _changes(connection, before, form)
    return render_template(
        "forms/draft.html",
        draft=shown,
        problems=sorted(problems, key=_severity),
        errors=has_errors(problems),
        form=form,
        before=before,
        changes=changes,
    )


@forms_page.post("/borradores/<int:draft_id>/publicar")
@permits(*AUTHORS)
def publish(draft_id: int) -> ResponseReturnValue:
    """Publish a draft as a version that never changes."""
    now = datetime.now(UTC)
    with services().database.transaction() as connection:
        shown = _draft(connection, draft_id)
        form = shown.compiled().form
        back = url_for("forms.draft", draft_id=draft_id)
        if form is None or has_errors(check(shown.workbook, shown.tables)):
            notices.problem(gettext("Tiene errores: corríjalos en Excel y vuelva a subirlo."))
            return redirect(back, 303)
        if not confirming.confirmed():
            return confirming.ask(
                gettext("¿Publicar «%(title)s»?") % {"title": form.title},
                gettext(
                    "Las rondas nuevas podrán usarlo. Una versión publicada no se puede cambiar, solo retirar; las"
                    " rondas abiertas siguen con la suya."
                ),
                gettext("Publicar"),
                back,
            )
        version_id = library.publish(connection, form, shown.workbook, now, member().id)
        try:
            attachments.keep(connection, version_id, shown.pictures)
        except AttachmentError as error:
            connection.rollback()
            limits = {"name": error.name, "known": ", ".join(MEDIA_TYPES), "most": LARGEST // 1_000_000}
            notices.problem(gettext("«%(name)s»: WhatsApp solo muestra %(known)s, de hasta %(most)s MB.") % limits)
            return redirect(back, 303)
        drafts.drop(connection, draft_id)
        audit.record(connection, member().id, "published", "form_version", version_id, now)
    notices.done(gettext("El formulario quedó publicado."))
    return redirect(url_for("forms.listing"), 303)


@forms_page.post("/borradores/<int:draft_id>/borrar")
@permits(*AUTHORS)
def drop(draft_id: int) -> ResponseReturnValue:
    """Forget a draft."""
    with services().database.transaction() as connection:
        shown = _draft(connection, draft_id)
        if not confirming.confirmed():
            return confirming.ask(
                gettext("¿Borrar el borrador «%(name)s»?") % {"name": shown.name},
                gettext("Lo publicado no cambia. Si lo necesita después, tendrá que subirlo otra vez."),
                gettext("Borrar"),
                url_for("forms.draft", draft_id=draft_id),
            )
        drafts.drop(connection, draft_id)
    notices.done(gettext("El borrador quedó borrado."))
    return redirect(url_for("forms.listing"), 303)


@forms_page.post("/versiones/<int:version_id>/retirar")
@permits(*AUTHORS)
def retire(version_id: int) -> ResponseReturnValue:
    """Offer a version for new waves no more."""
    now = datetime.now(UTC)
    with services().database.transaction() as connection:
        form = _version(connection, version_id)
        if not confirming.confirmed():
            return confirming.ask(
                gettext("¿Retirar «%(title)s»?") % {"title": form.title},
                gettext("Las rondas nuevas no podrán usarlo; las que lo usan siguen igual."),
                gettext("Retirar"),
                url_for("forms.listing"),
            )
        library.retire(connection, version_id, now)
        audit.record(connection, member().id, "retired", "form_version", version_id, now)
    notices.done(gettext("El formulario quedó retirado."))
    return redirect(url_for("forms.listing"), 303)


@forms_page.route("/borradores/<int:draft_id>/probar", methods=["GET", "POST"])
@permits(*AUTHORS)
def try_draft(draft_id: int) -> ResponseReturnValue:
    """A phone on which a draft is answered. Nothing of it is kept."""
    with services().database.transaction() as connection:
        form = _draft(connection, draft_id).compiled().form
    if form is None:
        notices.problem(gettext("Tiene errores: corríjalos en Excel y vuelva a subirlo."))
        return redirect(url_for("forms.draft", draft_id=draft_id), 303)
    return _phone(form, url_for("forms.draft", draft_id=draft_id))


@forms_page.route("/versiones/<int:version_id>/probar", methods=["GET", "POST"])
@permits(*AUTHORS)
def try_version(version_id: int) -> ResponseReturnValue:
    """The same phone, for a published version."""
    with services().database.transaction() as connection:
        form = _version(connection, version_id)
    return _phone(form, url_for("forms.listing"))


def _phone(form: Form, back: str) -> str:
    """The whole conversation anew: what was heard so far travels in the page."""
    sent = request.form if request.method == "POST" else request.args
    channel = Channel.WHATSAPP if sent.get("canal") == Channel.WHATSAPP else Channel.SMS
    spoken = sent.get("idioma") if sent.get("idioma") in form.languages else form.default_language
    heard = _heard(sent)
    trial = Trial(
        form=form,
        texts=services().texts,
        channel=channel,
        language=spoken or form.default_language,
        now=datetime.now(UTC),
    )
    turns = [_turn("", trial.begin())]
    for message in heard:
        if not trial.finished:
            tapped = message.get("tap")
            turns.append(_turn(message["text"], trial.tap(tapped) if tapped else trial.hear(message["text"])))
    return render_template(
        "forms/phone.html",
        form=form,
        back=back,
        channel=channel.value,
        spoken=spoken,
        turns=turns,
        heard=orjson.dumps(heard).decode(),
        finished=trial.finished,
        answers=trial.answers,
    )


def _heard(sent: Any) -> list[dict[str, str]]:
    """What was heard before, and what is heard now."""
    try:
        before = orjson.loads(sent.get("antes") or "[]")
    except ValueError:
        before = []
    known = [_message(one) for one in before if isinstance(one, dict)] if isinstance(before, list) else []
    if "opcion" in sent:
        known.append({"text": sent.get("titulo", "")[:LONGEST_MESSAGE], "tap": sent["opcion"][:LONGEST_MESSAGE]})
    elif "texto" in sent:
        known.append({"text": sent["texto"][:LONGEST_MESSAGE]})
    return known[:LONGEST_TRIAL]


def _message(one: dict[str, Any]) -> dict[str, str]:
    return {"text": ""} | {name: str(one[name])[:LONGEST_MESSAGE] for name in ("text", "tap") if name in one}


def _turn(heard: str, heeded: Heeded) -> Turn:
    return Turn(heard, heeded.said, heeded.outcome)


def _listing(form: Filled) -> str:
    with services().database.transaction() as connection:
        return render_template(
            "forms/listing.html", form=form, versions=library.listed(connection), drafts=drafts.listed(connection)
        )


def _draft(connection: Connection, draft_id: int) -> Draft:
    found = drafts.get(connection, draft_id)
    if found is None:
        abort(404)
    return found


def _version(connection: Connection, version_id: int) -> Form:
    try:
        return library.load(connection, version_id)
    except NoResultFound:
        abort(404)


def _published(connection: Connection, form: Form) -> FormVersion | None:
    """The newest published version of the same form."""
    return next((version for version in library.listed(connection) if version.form_id == form.name), None)


def _changes(connection: Connection, before: FormVersion | None, form: Form | None) -> Sequence[Change]:
    if before is None or form is None:
        return ()
    return diff(library.load(connection, before.id), form)


def _severity(problem: Problem) -> tuple[bool, str, int]:
    return problem.severity != "error", problem.sheet, problem.row
