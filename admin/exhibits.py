"""What a dashboard shows of one thing: a table, with a graph of it where that helps, to look at or to take along."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias

from flask import Response, abort, request, url_for

from admin import charts, exports
from admin.graphs import Graph
from admin.language import language
from admin.services import gallery

SHOWN, FORMAT, VERSION = "cuadro", "formato", "v"
"""Names in the address: `?cuadro=tendencia&formato=xlsx`."""

PICTURES: Final = {"svg": "image/svg+xml; charset=utf-8", "png": "image/png"}

Cell: TypeAlias = str | int | float | None


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A table with its title; `note` says how to read it, `links` lead from the rows further.

    Numbers are written as the reader's language writes them on the page, and stay numbers in a file.
    """

    key: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    graph: Graph | None = None
    note: str = ""
    links: Sequence[str] = ()

    @property
    def picture(self) -> str:
        """The address of the graph."""
        assert self.graph is not None
        return self.address("svg", self.graph.digest)

    @property
    def kinds(self) -> Sequence[str]:
        """The files there are."""
        return (exports.XLSX, exports.CSV, *(PICTURES if self.graph else ()))

    def address(self, kind: str, version: str | None = None) -> str:
        """The address of the file of one kind, with the choices of the current page."""
        assert request.endpoint is not None
        kept = {name: value for name, value in request.args.items() if name not in (SHOWN, FORMAT, VERSION)}
        values: dict[str, Any] = {
            **(request.view_args or {}),
            **kept,
            "lang": language(),
            SHOWN: self.key,
            FORMAT: kind,
            VERSION: version,
        }
        return url_for(request.endpoint, **values)


def asked(exhibits: Iterable[Exhibit]) -> Response | None:
    """The file that the address asks for, of one of these; None if it asks for the page. 404 for one there is not."""
    kind = request.args.get(FORMAT)
    if kind is None:
        return None
    found = next((one for one in exhibits if one.key == request.args.get(SHOWN)), None)
    if found is None or kind not in found.kinds:
        abort(404)
    if kind in exports.KINDS:
        return exports.download(kind, found.key, found.columns, found.rows)
    assert found.graph is not None
    return _picture(found.graph, "png" if kind == "png" else "svg", found.key)


def _picture(graph: Graph, kind: Literal["svg", "png"], name: str) -> Response:
    response = charts.answer(gallery(), replace(graph, format=kind), request.args.get(VERSION))
    response.content_type = PICTURES[kind]
    if request.args.get(VERSION) is None:
        response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response
