"""Every text that the service says, as it looks on a phone: its SMS, one by one, and WhatsApp's view of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from admin.forms import Form
from admin.language import NAMES
from admin.permission import permits
from admin.services import services
from bot.catalogue import SPANISH, Catalogue
from bot.catalogue_page import MOST
from families.staff import Role
from messaging.encoding import Segments, fold_for_sms, parts, segments

SHOWN: Final = 60
"""Texts of a page."""

messages_page = Blueprint("texts", __name__, url_prefix="/admin/textos")


@dataclass(frozen=True, slots=True)
class Preview:
    """One text in one language, as it leaves."""

    key: str
    text: str
    sms: Segments
    parts: tuple[str, ...]
    missing: bool
    """Whether the language lacks it, so that the Spanish one is said."""

    @property
    def too_long(self) -> bool:
        return self.sms.count > MOST


@messages_page.get("/")
@permits(Role.ADMIN, Role.NATIONAL, Role.UT, Role.ZONAL, Role.AUDITOR)
def listing() -> ResponseReturnValue:
    """The texts whose key or words contain what was asked, in one language."""
    texts = services().texts
    filters = Form(initial=request.args)
    words = filters.text("texto", required=False).casefold()
    language = filters.choice("idioma", texts.languages, required=False) or SPANISH
    only_long = filters.ticked("largos")
    found = [one for one in _previews(texts, language, words) if one.too_long or not only_long]
    page = max(1, filters.whole("pagina", 1, 1_000, required=False) or 1)
    return render_template(
        "messages/listing.html",
        filters=filters,
        previews=found[(page - 1) * SHOWN : page * SHOWN],
        total=len(found),
        page=page,
        more=len(found) > page * SHOWN,
        known={one: NAMES.get(one, one) for one in texts.languages},
        before=[(name, value) for name, value in request.args.items() if name != "pagina"],
    )


def _previews(texts: Catalogue, language: str, words: str) -> Iterator[Preview]:
    for key in texts.texts[SPANISH]:
        text = texts.texts[language].get(key)
        said = text if text is not None else texts.texts[SPANISH][key]
        if words in key.casefold() or words in said.casefold():
            folded = fold_for_sms(said)
            yield Preview(key, said, segments(folded), parts(folded), text is None)
