"""Pictures and sounds of a form's questions, as WhatsApp fetches them. Their addresses cannot be guessed."""

from uuid import UUID

from flask import Blueprint, Response, abort
from flask.typing import ResponseReturnValue

from admin.permission import anyone
from admin.services import services
from surveys import attachments as kept

FOR_EVER = 365 * 24 * 3600

attachments = Blueprint("attachments", __name__)


@attachments.get("/archivos/<uuid:file_id>")
@anyone
def attachment(file_id: UUID) -> ResponseReturnValue:
    """One file. It never changes."""
    with services().database.transaction() as connection:
        found = kept.read(connection, file_id)
    if found is None:
        abort(404)
    response = Response(found.content, content_type=found.media_type)
    response.cache_control.public = True
    response.cache_control.max_age = FOR_EVER
    response.cache_control.immutable = True
    return response
