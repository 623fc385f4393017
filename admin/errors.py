"""Error pages in plain words that say what to do.

They touch neither the database nor the session, because either may be what is wrong.
"""

from typing import Any

import structlog
from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError  # type: ignore[import-untyped]
from sqlalchemy.exc import OperationalError, TimeoutError
from werkzeug.exceptions import HTTPException

from admin.language import gettext, mark

log = structlog.get_logger()

RETRY_SECONDS = 30

WORDS = {
    400: (
        mark("No entendimos lo que envió"),
        mark("Vuelva atrás, revise los datos y envíelos otra vez."),
    ),
    403: (
        mark("No tiene permiso para esto"),
        mark("Si lo necesita para su trabajo, hable con su coordinación."),
    ),
    404: (
        mark("Esta página no existe"),
        mark("Revise la dirección, o empiece de nuevo por la página de inicio."),
    ),
    405: (
        mark("Esta página no se abre así"),
        mark("Vuelva a la página de inicio y siga los enlaces."),
    ),
    413: (
        mark("Lo que envió es demasiado grande"),
        mark("Envíe un texto más corto o un archivo más pequeño."),
    ),
    429: (
        mark("Demasiados intentos"),
        mark("Espere unos minutos y vuelva a intentarlo."),
    ),
    500: (
        mark("Algo falló de nuestro lado"),
        mark("Ya quedó registrado. Vuelva a intentarlo; si sigue fallando, avise a la coordinación."),
    ),
    503: (
        mark("El servicio no está disponible por ahora"),
        mark("Espere un minuto y recargue la página."),
    ),
}
"""What happened and what to do, for a reader who knows nothing of computers."""


def keep_quiet(app: Flask) -> None:
    """Log what fails by its kind and place only: Flask's own log would quote what people wrote."""

    def tell(info: Any) -> None:
        log.error("request failed", endpoint=request.endpoint, exc_info=info)

    app.log_exception = tell  # type: ignore[method-assign, assignment]


def explain(app: Flask) -> None:
    """Answer every error of an application with a page that a person can use."""
    keep_quiet(app)
    app.register_error_handler(CSRFError, form_expired)
    app.register_error_handler(OperationalError, database_down)
    app.register_error_handler(TimeoutError, database_down)
    app.register_error_handler(HTTPException, http_error)


def http_error(error: HTTPException) -> ResponseReturnValue:
    """A page for any error with a number of its own; redirects pass as they are."""
    code = error.code or 500
    if code < 400:
        return error.get_response()
    title, advice = WORDS.get(code) or WORDS[400 if code < 500 else 500]
    kept = [(name, value) for name, value in error.get_headers() if name in ("Allow", "Retry-After")]
    return _page(code, title, advice, dict(kept))


def form_expired(error: CSRFError) -> ResponseReturnValue:
    """A form that was not ours, or whose session has ended meanwhile."""
    return _page(
        400,
        mark("El formulario venció"),
        mark("La página estuvo abierta mucho tiempo. Vuelva atrás, recárguela y envíe el formulario otra vez."),
    )


def database_down(error: Exception) -> ResponseReturnValue:
    """The database does not answer: say so quickly, and that waiting helps."""
    return _page(503, *WORDS[503], {"Retry-After": str(RETRY_SECONDS)})


def _page(code: int, title: str, advice: str, headers: dict[str, str] | None = None) -> ResponseReturnValue:
    page = render_template("error.html", code=code, title=gettext(title), advice=gettext(advice))
    return page, code, headers or {}
