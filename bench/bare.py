"""What a turn is measured against: Flask endpoints that answer constant TwiML, without and with a signature check."""

import os

from flask import Flask, Response, abort, request

from messaging import twilio_webhook, twiml

TOKEN = os.environ["TWILIO_AUTH_TOKEN"]
PUBLIC_URL = os.environ["PUBLIC_URL"]
REPLY = twiml.render("Muchas gracias. ¿Qué nota le pone de 1 a 5?", f"{PUBLIC_URL}/status/1")

app = Flask(__name__)


@app.post("/bare")
def bare() -> Response:
    """The least a webhook can be."""
    return Response(REPLY, content_type=twiml.MEDIA_TYPE)


@app.post("/signed")
def signed() -> Response:
    """The least an honest webhook can be."""
    fields = twilio_webhook.read_fields(request.get_data())
    signature = request.headers.get("X-Twilio-Signature", "")
    if not twilio_webhook.verify(TOKEN, f"{PUBLIC_URL}{request.path}", fields, signature):
        abort(403)
    return Response(REPLY, content_type=twiml.MEDIA_TYPE)
