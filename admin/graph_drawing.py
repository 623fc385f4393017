"""Draws one graph: JSON of `admin.graphs.Graph` on standard input, SVG or PNG on standard output.

A program of its own, because its libraries are heavy; only `admin.charts` starts it.
"""

import sys
from typing import Any

import altair as alt
import orjson
import vl_convert

WIDTH, HEIGHT = 330, 210
"""Narrow, with every label above its bar, so that it can be read on a phone."""
ROW = 46
PNG_SCALE = 2
BAR, INK, SOFT, GRID = "#3f8f84", "#1c2b2a", "#50605e", "#e4e0d6"
FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"


def bars(graph: dict[str, Any]) -> Any:
    """A bar for each point, its label above, its figure beside it, and its interval as a line over it."""
    base = alt.Chart(alt.InlineData(values=graph["points"])).encode(y=alt.Y("label:N", sort=None, axis=None))
    scale = alt.Scale(domain=[graph["least"], graph["most"]], clamp=True)
    axis = alt.Axis(format="d", tickCount=5, gridColor=GRID, domain=False, tickColor=GRID)
    filled = base.mark_bar(color=BAR, height=16, yOffset=10, cornerRadiusEnd=3).encode(
        x=alt.X("value:Q", scale=scale, title=None, axis=axis), x2=alt.datum(graph["least"])
    )
    spans = base.transform_filter("isValid(datum.low)").mark_rule(color=INK, strokeWidth=2, yOffset=10)
    labels = base.mark_text(align="left", yOffset=-9, fontSize=14, limit=WIDTH + 60, color=INK).encode(
        x=alt.value(0), text="label:N"
    )
    figures = base.mark_text(align="left", yOffset=10, fontSize=15, fontWeight="bold", color=INK).encode(
        x=alt.value(WIDTH + 8), text="text:N"
    )
    spans = spans.encode(x=alt.X("low:Q", scale=scale), x2="high:Q")
    return alt.layer(filled, spans, labels, figures).properties(width=WIDTH, height=max(1, len(graph["points"])) * ROW)


def line(graph: dict[str, Any]) -> Any:
    """A line through the points from left to right, with their figures above and their intervals as bars."""
    base = alt.Chart(alt.InlineData(values=graph["points"])).encode(
        x=alt.X("label:N", sort=None, title=None, axis=alt.Axis(labelAngle=-35, labelOverlap=True, tickColor=GRID))
    )
    scale = alt.Scale(domain=[graph["least"], graph["most"]], clamp=True)
    axis = alt.Axis(format="d", tickCount=5, gridColor=GRID, domain=False, tickColor=GRID)
    y = alt.Y("value:Q", scale=scale, title=None, axis=axis)
    path = base.mark_line(color=BAR, strokeWidth=2, point=alt.OverlayMarkDef(color=BAR, size=60)).encode(y=y)
    spans = base.transform_filter("isValid(datum.low)").mark_rule(color=SOFT, strokeWidth=2)
    spans = spans.encode(y=alt.Y("low:Q", scale=scale), y2="high:Q")
    layers = [spans, path]
    if len(graph["points"]) <= 8:
        layers.append(base.mark_text(dx=8, dy=-10, align="left", fontSize=13, color=INK).encode(y=y, text="text:N"))
    return alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)


def specification(graph: dict[str, Any]) -> dict[str, Any]:
    """The graph as Vega-Lite."""
    drawn = bars(graph) if graph["kind"] == "bars" else line(graph)
    described: dict[str, Any] = (
        drawn.properties(padding={"left": 4, "top": 8, "right": 8, "bottom": 4})
        .configure(font=FONT, background="#ffffff")
        .configure_axis(labelFontSize=13, labelColor=INK)
        .configure_view(stroke=None)
        .to_dict(validate=False)
    )
    return described


def main() -> None:
    """Read a graph, write its picture."""
    graph = orjson.loads(sys.stdin.buffer.read())
    described = specification(graph)
    if graph["format"] == "png":
        sys.stdout.buffer.write(vl_convert.vegalite_to_png(described, scale=PNG_SCALE))
    else:
        sys.stdout.buffer.write(vl_convert.vegalite_to_svg(described).encode())


if __name__ == "__main__":
    main()
