"""Server time of the public pages and the coordinators' dashboards, one request after another in this process."""

import statistics
import time
from collections.abc import Iterator, Mapping
from typing import Final

from flask.testing import FlaskClient

from families import staff
from families.staff import Role
from settings import Settings
from startup import Services, create_app

LOGIN, PASSWORD = "nacional", "una clave de prueba"
ROUNDS: Final = 20
PLACES: Final = ("", "70", "70001")
PUBLIC: Final = ("/", "/programas", "/programas/sena", "/participacion", "/metodo", "/compromisos", "/datos/")
FOR_STAFF: Final = ("", "/de/sena", "/participacion", "/definiciones")


def report_pages(env: Mapping[str, str], published: int, under_way: int) -> None:
    """The pages of the published wave and of the one under way, of country, department and municipality."""
    services = Services()
    services.settings = Settings.read(env)
    client = create_app(services).test_client()
    pages = list(_public(published))
    _log_in(client, services)
    pages += [
        f"/admin/calificaciones{page}?ronda={wave}&territorio={place}"
        for wave in (published, under_way)
        for page in FOR_STAFF
        for place in PLACES
    ]
    times = {page: _milliseconds(client, page) for page in pages if client.get(page).status_code != 404}
    file = _milliseconds(client, f"/datos/libreta-{published}.csv")
    services.database.close()
    slowest = sorted(times, key=lambda page: -times[page])
    print(f"{len(times)} pages: median {statistics.median(times.values()):.0f} ms; the slowest at the median:")
    for page in slowest[:8]:
        print(f"  {page}: {times[page]:.0f} ms")
    print(f"all published figures as a file: {file:.0f} ms")


def _public(wave_id: int) -> Iterator[str]:
    yield from PUBLIC
    for place in PLACES:
        yield f"/?ronda={wave_id}&territorio={place}"
        yield f"/informe/{wave_id}/{place or 'pais'}.pdf"


def _log_in(client: FlaskClient, services: Services) -> None:
    client.application.config["WTF_CSRF_ENABLED"] = False
    with services.database.transaction() as connection:
        # An account of the demo is asked for no second step.
        staff.add(connection, login=LOGIN, name="Ana", role=Role.NATIONAL, password=PASSWORD, demo=True)
    client.post("/admin/entrar", data={"login": LOGIN, "password": PASSWORD})


def _milliseconds(client: FlaskClient, page: str) -> float:
    """The median of several requests."""
    taken = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        answer = client.get(page)
        taken.append(1000 * (time.perf_counter() - started))
        assert answer.status_code == 200, (page, answer.status_code)
    return statistics.median(taken)
