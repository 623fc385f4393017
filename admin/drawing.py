"""Draws one chart: JSON of `admin.charts.Chart` on standard input, SVG on standard output.

A program of its own, because its libraries are heavy; only `admin.charts` starts it.
"""

import sys
from typing import Any

import altair as alt
import orjson
import vl_convert

WIDTH = 330
"""Narrow, with every label above its bar, so that it can be read on a phone."""
ROW = 46
RIGHT = 40
BAR = "#3f8f84"
INK = "#1c2b2a"
PNG_SCALE = 2
GRID = "#e4e0d6"
FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"


def specification(bars: list[dict[str, Any]], decimal: str, title: list[str]) -> dict[str, Any]:
    """A bar for each mean, the name above it and the figure beside it; what it is, where it goes without its page."""
    base = alt.Chart(alt.InlineData(values=bars)).encode(y=alt.Y("label:N", sort=None, axis=None))
    scale = alt.Scale(domain=[1, 5], clamp=True)
    ticks = alt.Axis(values=[1, 2, 3, 4, 5], format="d", gridColor=GRID, domain=False, tickColor=GRID)
    means = base.mark_bar(color=BAR, height=16, yOffset=10, cornerRadiusEnd=3).encode(
        x=alt.X("value:Q", scale=scale, title=None, axis=ticks), x2=alt.datum(1)
    )
    names = base.mark_text(align="left", yOffset=-9, fontSize=14, limit=WIDTH + RIGHT, color=INK).encode(
        x=alt.value(0), text="label:N"
    )
    figures = base.mark_text(align="left", yOffset=10, fontSize=15, fontWeight="bold", color=INK).encode(
        x=alt.value(WIDTH + 8), text="figure:N"
    )
    chart = (
        alt.layer(means, names, figures)
        .transform_calculate(figure=f"replace(format(datum.value, '.1f'), '.', '{decimal}')")
        .properties(width=WIDTH, height=max(1, len(bars)) * ROW, padding={"left": 4, "top": 4, "right": 4, "bottom": 4})
        .configure(font=FONT, background="#ffffff")
        .configure_title(
            anchor="start",
            fontSize=17,
            color=INK,
            subtitleFontSize=13,
            subtitleColor=INK,
            offset=14,
            limit=WIDTH + RIGHT,
        )
        .configure_axis(labelFontSize=13, labelColor=INK)
        .configure_view(stroke=None)
    )
    if title:
        chart = chart.properties(title=alt.TitleParams(title[0], subtitle=title[1:]))
    described: dict[str, Any] = chart.to_dict(validate=False)
    return described


def main() -> None:
    """Read a chart, write its picture."""
    data = orjson.loads(sys.stdin.buffer.read())
    chart = specification(data["bars"], data["decimal"], data["title"])
    if data["format"] == "png":
        sys.stdout.buffer.write(vl_convert.vegalite_to_png(chart, scale=PNG_SCALE))
    else:
        sys.stdout.buffer.write(vl_convert.vegalite_to_svg(chart).encode())


if __name__ == "__main__":
    main()
