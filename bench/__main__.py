"""`python -m bench [NAME …]`: run all benchmarks, or those named, and write what they print to `var/benchmarks.txt`."""

import contextlib
import importlib
import io
import pkgutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import bench

HELPERS = {"load", "bare", "columnar", "country", "dashboards"}
RESULTS = Path("var/benchmarks.txt")


class Tee(io.TextIOBase):
    """Writes to several streams."""

    def __init__(self, *streams: TextIO) -> None:
        self._streams = streams

    def write(self, text: str) -> int:
        for stream in self._streams:
            stream.write(text)
            stream.flush()
        return len(text)


def main(wanted: list[str]) -> None:
    known = [m.name for m in pkgutil.iter_modules(bench.__path__) if m.name not in HELPERS and m.name != "__main__"]
    if unknown := set(wanted) - set(known):
        sys.exit(f"no benchmark named {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("w", encoding="utf-8") as file, contextlib.redirect_stdout(Tee(sys.stdout, file)):
        print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
        for name in wanted or known:
            print(f"\n== {name} ==", flush=True)
            importlib.import_module(f"bench.{name}").main()


if __name__ == "__main__":
    main(sys.argv[1:])
