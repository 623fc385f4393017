"""A real application on a real PostgreSQL and Redis, and people who use it."""

import re
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, ConsoleMessage, Page
from sqlalchemy import event, update
from werkzeug.serving import make_server

from admin.services import EXTENSION
from bot import demo
from bot.catalogue import Catalogue
from db import Database
from families import staff
from families.staff import Role, Staff, StaffMember
from local.postgres import connect, create_database
from settings import Settings
from startup import Services, create_app
from tests.conftest import database_url
from tests.databases import drop_database

PASSWORD = "una clave de prueba"


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    services = Services()
    services.settings = settings
    yield services
    services.database.close()


@pytest.fixture
def database(services: Services) -> Database:
    return services.database


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def zonal(database: Database) -> Staff:
    """The zonal coordinator of Sincelejo."""
    with database.transaction() as connection:
        return staff.add(
            connection,
            login="zonal",
            name="Marta Díaz",
            role=Role.ZONAL,
            password=PASSWORD,
            territories=("70001",),
        )


@pytest.fixture(scope="session")
def demo_app(servers: dict[str, str], template: str) -> Iterator[Flask]:
    """An application with the demo: five municipalities, a published wave and an open one. For reading only."""
    name = f"demo_{uuid.uuid4().hex}"
    services = Services()
    services.settings = Settings.read({**servers, "DATABASE_URL": database_url(servers, name)})
    with connect(servers["DATABASE_URL"], "postgres") as administration:
        create_database(administration, name, template)
        try:
            secret = services.settings.secret_key
            demo.load(services.database, services.cipher, Catalogue.read(), secret, datetime.now(UTC))
            yield create_app(services)
        finally:
            services.database.close()
            drop_database(administration, name)


@pytest.fixture
def reader(demo_app: Flask) -> FlaskClient:
    """Somebody from outside who looks at the demo."""
    return demo_app.test_client()


@pytest.fixture(scope="session")
def address(demo_app: Flask) -> Iterator[str]:
    """The address of the demo, served over HTTP."""
    server = make_server("127.0.0.1", 0, demo_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture(params=[pytest.param(360, id="phone"), pytest.param(1280, id="laptop")])
def width(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def page(chromium: Browser, address: str, width: int) -> Iterator[Page]:
    with window(chromium, address, width) as page:
        yield page


@contextmanager
def window(chromium: Browser, address: str, width: int) -> Iterator[Page]:
    """A fresh browser window; whatever the browser complains about fails the test, but for a log-in refused."""
    context = chromium.new_context(base_url=address, viewport={"width": width, "height": 800}, locale="es-CO")
    page = context.new_page()
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "status of 422" not in message.text:
            complaints.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Collects what the database is asked."""
    asked: list[str] = []

    def note(*about: Any) -> None:
        asked.append(about[2])

    event.listen(database.engine, "before_cursor_execute", note)
    yield asked
    event.remove(database.engine, "before_cursor_execute", note)


def token(client: FlaskClient, page: str = "/admin/entrar") -> str:
    """The CSRF token in the forms of a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(page).text)
    assert found, f"no form on {page}"
    return found[1]


def log_in(client: FlaskClient, login: str, password: str = PASSWORD, **fields: str) -> int:
    """Fill in the log-in form; returns the status of the answer. Nobody is asked for a second step, as in the demo."""
    services: Services = client.application.extensions[EXTENSION]
    with services.database.transaction() as connection:
        connection.execute(update(StaffMember).where(StaffMember.login == login).values(demo=True))
    form = {"csrf_token": token(client), "login": login, "password": password, **fields}
    return client.post("/admin/entrar", data=form).status_code
