"""How often the 95 % interval of a mean of marks covers, by number of answers and shape: where it is shown.

Draws marks from 47 shapes (normal ones cut into marks, two camps, nearly all at one end) and counts how often the
interval holds the true mean. Where `statistics.mean_interval` gives none, nothing is counted.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from surveys import statistics

MARKS = (1, 2, 3, 4, 5)
DRAWS = 2_000
SIZES = (30, 50, 100, 200, 400)
MOSTLY = 0.5
"""A shape is looked at by itself where the interval is shown in at least this share of the samples."""


def shapes() -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Probabilities of the five marks, by name."""
    marks = np.array(MARKS, float)
    for centre in (1.5, 2, 2.5, 3, 3.5, 4, 4.5, 4.8):
        for spread in (0.5, 0.8, 1.1, 1.5):
            density = np.exp(-((marks - centre) ** 2) / (2 * spread**2))
            yield f"around {centre}, spread {spread}", density / density.sum()
    for few in (0.02, 0.05, 0.1, 0.2, 0.5):
        yield f"{few:.0%} worst, the others best", np.array([few, 0, 0, 0, 1 - few])
        yield f"{few:.0%} spread, the others best", np.array([few / 4] * 4 + [1 - few])
        yield f"{few:.0%} good, the others best", np.array([0, 0, 0, few, 1 - few])


def coverage(shape: NDArray[np.float64], n: int, draws: int, seed: int = 1) -> tuple[float, float]:
    """In what share of samples an interval is given, and in what share of those it holds the true mean."""
    true = float(shape @ np.array(MARKS, float))
    samples = np.random.default_rng(seed).multinomial(n, shape, size=draws)
    given = held = 0
    for counts in samples:
        weights: Mapping[int, float] = {mark: float(k) for mark, k in zip(MARKS, counts, strict=True) if k}
        interval = statistics.mean_interval(weights, n)
        if interval is not None:
            given += 1
            held += interval.low <= true <= interval.high
    return given / draws, held / given if given else float("nan")


def main() -> None:
    print(f"{'answers':>8} {'shapes':>7} {'mean':>7} {'least':>7} {'shown in':>9}")
    for n in SIZES:
        found = [coverage(shape, n, DRAWS) for _, shape in shapes()]
        looked = [held for given, held in found if given >= MOSTLY]
        shown = sum(given for given, _ in found) / len(found)
        print(f"{n:>8} {len(looked):>7} {np.mean(looked):>7.1%} {min(looked):>7.1%} {shown:>9.0%}")


if __name__ == "__main__":
    main()
