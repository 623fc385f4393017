"""How processes log: one JSON object a line, and never what people wrote.

Messages of exceptions may quote what a database or a parser was given, and tracebacks may show variables: of an
exception only its type and where it was raised are told.
"""

import sys
import traceback
from collections.abc import Iterator
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger


def configure() -> None:
    """Log like this from now on, in this process."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_where,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
    )


def only_where(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Put the types of an exception and its causes, and the lines it came through, in its place."""
    info: Any = event.pop("exc_info", None)
    if not info:
        return event
    error = info if isinstance(info, BaseException) else (info if isinstance(info, tuple) else sys.exc_info())[1]
    if error is not None:
        event["error"] = [f"{type(each).__module__}.{type(each).__qualname__}" for each in _causes(error)]
        frames = traceback.extract_tb(error.__traceback__)
        event["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return event


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
