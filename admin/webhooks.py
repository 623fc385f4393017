"""What Twilio calls. The signature is checked over the raw bytes before anything is read.

A small application of its own beside that of the pages: every message passes here, and what pages need (session,
CSRF token, limits, headers for browsers) took 0.15 ms of each.
"""

from uuid import UUID

from flask import Blueprint, Flask, Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError, TimeoutError
from werkzeug.exceptions import Forbidden, HTTPException

from admin import health
from admin.errors import RETRY_SECONDS, keep_quiet
from admin.services import EXTENSION, Services, services
from messaging import receipts, twilio_webhook, twiml

SIGNATURE = "X-Twilio-Signature"
LONGEST_BODY = 2 * 1024 * 1024

MOUNTED_AT = "/webhooks"

webhooks = Blueprint("webhooks", __name__, url_prefix="/twilio")


def create(services: Services) -> Flask:
    """The application that answers below `MOUNTED_AT`."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LONGEST_BODY
    app.extensions[EXTENSION] = services
    health.measure(app)
    keep_quiet(app)
    app.register_blueprint(webhooks)
    app.register_error_handler(HTTPException, refused)
    return app


@webhooks.post("/inbound")
def inbound() -> ResponseReturnValue:
    """A person wrote. Answers TwiML: the reply, or nothing where it leaves by another way."""
    message = twilio_webhook.parse(_signed_form())
    return Response(services().turn.take(message), content_type=f"{twiml.MEDIA_TYPE}; charset=utf-8")


@webhooks.post("/status/<uuid:message_id>")
def status(message_id: UUID) -> ResponseReturnValue:
    """What became of one of our messages. Repeated, late and unordered reports are normal."""
    provider_id, state, error_code = twilio_webhook.parse_status(_signed_form())
    now = services().database.now()
    services().database.idempotent(
        lambda connection: receipts.apply(connection, message_id, provider_id, state, error_code, now)
    )
    return "", 204


@webhooks.errorhandler(twilio_webhook.MalformedRequest)
def malformed(error: twilio_webhook.MalformedRequest) -> ResponseReturnValue:
    """Signed well, but no message can be made of it."""
    return f"{error}\n", 400, {"Content-Type": "text/plain; charset=utf-8"}


@webhooks.errorhandler(OperationalError)
@webhooks.errorhandler(TimeoutError)
def unavailable(error: Exception) -> ResponseReturnValue:
    """PostgreSQL does not answer. Nothing was stored, so Twilio should come back (its URL carries `#rc=5&rp=all`)."""
    return "try again\n", 503, {"Content-Type": "text/plain", "Retry-After": str(RETRY_SECONDS)}


def refused(error: HTTPException) -> ResponseReturnValue:
    """A short plain answer: no person reads it."""
    return f"{error.name}\n", error.code or 500, {"Content-Type": "text/plain; charset=utf-8"}


def _signed_form() -> dict[str, str]:
    """The fields of a request that Twilio signed, as text.

    Raises Forbidden where the signature is missing or wrong, or where no account is set that could have signed.
    """
    twilio = services().settings.twilio
    signature = request.headers.get(SIGNATURE)
    if twilio is None or signature is None:
        raise Forbidden
    fields = twilio_webhook.read_fields(request.get_data(cache=False))
    if not twilio_webhook.verify(twilio.auth_token, _signed_url(), fields, signature):
        raise Forbidden
    return twilio_webhook.decode(fields)


def _signed_url() -> str:
    """The address Twilio called: ours as the world knows it, whatever proxies made of the Host header."""
    query = request.query_string.decode("latin-1")
    return f"{services().settings.public_url}{request.root_path}{request.path}{'?' if query else ''}{query}"
