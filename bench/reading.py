"""What reading one reply costs, over the project's own labelled replies, and against a list of 5,000 choices.

The first pass fills the caches (compiled patterns, prepared choices); the measured passes read every reply afresh, as
the words of a reply that was never seen are prepared anew each time.
"""

import statistics
from datetime import date
from pathlib import Path
from time import perf_counter

from surveys.reading import Choice, Expected, read
from tests.surveys.reading.corpus import load

REPLIES = Path(__file__).parents[1] / "tests" / "surveys" / "reading" / "replies.csv"
TODAY = date(2026, 11, 22)
PASSES = 3
LONG_LIST = 5_000


def main() -> None:
    rows = load(REPLIES)
    for row in rows:
        read(row.expected, row.reply, today=TODAY)
    by_type: dict[str, list[float]] = {}
    for _ in range(PASSES):
        for row in rows:
            by_type.setdefault(row.expected.type, []).append(timed(row.expected, row.reply))
    print(f"{'type':<16}{'replies':>8}{'median µs':>11}{'p95 µs':>9}")
    for kind, times in sorted(by_type.items()):
        report(kind, times)
    report("all", [time for times in by_type.values() for time in times])
    villages = tuple(Choice(f"v{n}", (f"Vereda {n} de San {chr(65 + n % 26)}{n}",)) for n in range(LONG_LIST))
    asked = Expected("select_one", "¿En qué vereda vive?", villages)
    read(asked, "1", today=TODAY)
    replies = ["4321", "vereda 77 de san z77", "san b4005", "no se", "en el pueblo"] * 10
    report(f"{LONG_LIST:,} choices", [timed(asked, reply) for reply in replies])


def timed(expected: Expected, reply: str) -> float:
    start = perf_counter()
    read(expected, reply, today=TODAY)
    return (perf_counter() - start) * 1e6


def report(kind: str, times: list[float]) -> None:
    late = statistics.quantiles(times, n=20)[-1]
    print(f"{kind:<16}{len(times):>8}{statistics.median(times):>11.0f}{late:>9.0f}")


if __name__ == "__main__":
    main()
