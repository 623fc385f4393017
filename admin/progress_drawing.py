"""Draws how far a family is: JSON of `admin.progress_pictures` on standard input, PNG on standard output.

A program of its own, because its libraries are heavy; only `admin.charts` starts it.
"""

import sys
from typing import Any

import altair as alt
import orjson
import vl_convert

WIDTH = 360
ROW = 46
LINE = 24
LARGEST = 2
"""Pixels of the picture for each of its own, so that small phones show it sharp."""
DONE, OPEN = "#3f8f84", "#dcd7cb"
INK = "#1c2b2a"
FONT = "'Noto Sans', 'DejaVu Sans', sans-serif"


def specification(title: str, bars: list[dict[str, Any]], lines: list[str]) -> dict[str, Any]:
    """A bar for each dimension, filled as far as the family is, its name above; then the lines of text."""
    rows = [{**bar, "share": bar["verified"] / bar["counting"]} for bar in bars]
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=alt.Y("label:N", sort=None, axis=None))
    scale = alt.Scale(domain=[0, 1])
    whole = base.mark_bar(color=OPEN, height=16, yOffset=10, cornerRadius=3).encode(
        x=alt.X("one:Q", scale=scale, axis=None), x2=alt.datum(0)
    )
    done = base.mark_bar(color=DONE, height=16, yOffset=10, cornerRadius=3).encode(
        x=alt.X("share:Q", scale=scale), x2=alt.datum(0)
    )
    names = base.mark_text(align="left", yOffset=-9, fontSize=15, color=INK).encode(x=alt.value(0), text="label:N")
    figures = base.mark_text(align="right", yOffset=-9, fontSize=15, fontWeight="bold", color=INK).encode(
        x=alt.value(WIDTH), text="figure:N"
    )
    chart = (
        alt.layer(whole, done, names, figures)
        .transform_calculate(one="1", figure="datum.verified + ' / ' + datum.counting")
        .properties(width=WIDTH, height=max(1, len(rows)) * ROW)
    )
    text = alt.Chart(alt.InlineData(values=[{"line": line, "place": place} for place, line in enumerate(lines)]))
    below = (
        text.mark_text(align="left", fontSize=15, color=INK, limit=WIDTH)
        .encode(x=alt.value(0), y=alt.Y("place:O", axis=None), text="line:N")
        .properties(width=WIDTH, height=max(1, len(lines)) * LINE)
    )
    described: dict[str, Any] = (
        alt.vconcat(chart, below, spacing=14)
        .properties(title=alt.TitleParams(title, anchor="start", fontSize=20, color=INK, offset=12), padding=18)
        .configure(font=FONT, background="#ffffff")
        .configure_view(stroke=None)
        .to_dict(validate=False)
    )
    return described


def main() -> None:
    """Read what to draw, write its picture."""
    data = orjson.loads(sys.stdin.buffer.read())
    chart = specification(data["title"], data["bars"], data["lines"])
    sys.stdout.buffer.write(vl_convert.vegalite_to_png(chart, scale=LARGEST))


if __name__ == "__main__":
    main()
