"""Pages and assets travel compressed: the signal in a village is weak."""

import gzip
import secrets
from io import BytesIO
from typing import Final

from flask import Flask, Response, request

COMPRESSED: Final = frozenset(
    {"text/html", "text/css", "text/javascript", "text/csv", "image/svg+xml", "application/json"}
)
SMALLEST: Final = 1_000
"""Bytes below which nothing is gained."""
LEVEL: Final = 5
LONGEST_PADDING: Final = 100


def compress(app: Flask) -> None:
    """Compress what an application answers to browsers that take it."""

    @app.after_request
    def pack(response: Response) -> Response:
        if response.status_code != 200 or response.mimetype not in COMPRESSED or response.content_encoding:
            return response
        response.vary.add("Accept-Encoding")
        response.direct_passthrough = False  # an asset's bytes are needed here
        body = response.get_data()
        if request.accept_encodings["gzip"] and len(body) >= SMALLEST:
            response.set_data(_packed(body))
            response.content_encoding = "gzip"
            if tag := response.get_etag()[0]:
                response.set_etag(tag, weak=True)  # the same page, other bytes
        return response


def _packed(body: bytes) -> bytes:
    """The body in gzip, with a file name of random length.

    How well a page packs would tell an eavesdropper who chooses a part of it something about the rest (BREACH, 2013);
    a length that varies hides that, as Django does it since 4.2.
    """
    file = BytesIO()
    name = secrets.token_hex(LONGEST_PADDING)[: secrets.randbelow(LONGEST_PADDING)]
    with gzip.GzipFile(name, "wb", LEVEL, file, mtime=0) as packed:
        packed.write(body)
    return file.getvalue()
