"""What the demo is made of: invented places, people and opinions, the same at every load."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@cache
def data(name: str) -> dict[str, Any]:
    """The content of a TOML file of this folder: 'pilot', 'names'."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))
