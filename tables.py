"""Every table of the service, for migrations and tests: importing this module declares them all."""

import importlib
import warnings
from pathlib import Path

from db import Base

ROOT = Path(__file__).resolve().parent


def declare() -> None:
    """Import every module that declares a table."""
    modules = [
        ROOT / "timers.py",
        *(
            path
            for name in ("families", "messaging", "surveys", "bot", "admin")
            for path in sorted((ROOT / name).rglob("*.py"))
        ),
    ]
    for path in modules:
        if path.exists() and "(Base)" in path.read_text("utf-8"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            try:
                importlib.import_module(name)
            except (ImportError, SyntaxError) as error:
                warnings.warn(f"{name}: {error}", stacklevel=1)


declare()
metadata = Base.metadata
