"""The reply that goes back in the HTTP response of the webhook."""

import re
from xml.sax.saxutils import escape, quoteattr

EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
"""Tells Twilio that there is nothing to send."""

MEDIA_TYPE = "text/xml"

NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold even when escaped (section 2.2, production Char)."""


def render(text: str, status_url: str) -> str:
    """One message as TwiML; Twilio will report what became of it to `status_url`."""
    said = escape(NOT_IN_XML.sub("", text))
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Response>'
        f"<Message statusCallback={quoteattr(status_url)}>{said}</Message></Response>"
    )
