"""A country for the tests that walk every route: an application, its staff of every role, and what lies next door."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Rule, UUIDConverter

from db import Database
from families import staff, territory
from families.staff import Role, Staff
from local.postgres import connect, create_database
from settings import Settings
from startup import Services, create_app
from tests.admin.conftest import PASSWORD, log_in
from tests.admin.neighbours import MAKERS, Village
from tests.conftest import database_url
from tests.databases import drop_database

HERE, THERE = "70001", "70215"
"""Sincelejo, whose staff ask, and Corozal, whose things they must not see."""

TERRITORIES = {
    Role.GESTOR: (HERE,),
    Role.ZONAL: (HERE,),
    Role.UT: ("25",),
    Role.NATIONAL: ("",),
    Role.AUDITOR: ("",),
    Role.ENTITY: ("",),
    Role.ADMIN: ("",),
}
NEIGHBOURS = (Role.GESTOR, Role.ZONAL, Role.UT, Role.ENTITY, Role.ADMIN)
"""Who has no business in Corozal."""

NOBODY = "nobody"
SAMPLES = {IntegerConverter: 987_654_321, UUIDConverter: uuid.UUID(int=1), BaseConverter: "no-hay"}
NOW = datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Country:
    """An application with a member of the staff of every role, all logged in, and the things next door."""

    app: Flask
    services: Services
    clients: dict[str, FlaskClient]
    owners: tuple[FlaskClient, ...]
    gestores: dict[str, Staff]

    @property
    def database(self) -> Database:
        return self.services.database

    def things(self, municipality: str = THERE) -> dict[str, object]:
        """One of everything in a municipality, by the argument that names it."""
        with self.database.transaction() as connection:
            village = Village(connection, self.services.cipher, municipality, self.gestores[municipality], NOW)
            return {name: make(village) for name, make in MAKERS.items()}


def settled(servers: dict[str, str], template: str) -> Iterator[Country]:
    """A country on a database of its own, for as long as it is used."""
    name = f"matrix_{uuid.uuid4().hex}"
    services = Services()
    services.settings = Settings.read({**servers, "DATABASE_URL": database_url(servers, name)})
    with connect(servers["DATABASE_URL"], "postgres") as administration:
        create_database(administration, name, template)
        try:
            yield _settle(services)
        finally:
            services.database.close()
            drop_database(administration, name)


def _settle(services: Services) -> Country:
    with services.database.transaction() as connection:
        territory.load(connection)
        hire = partial(staff.add, connection, password=PASSWORD, demo=True)
        here = {}
        for role, places in TERRITORIES.items():
            entity = "SENA" if role is Role.ENTITY else ""
            here[role] = hire(login=f"here.{role}", name=f"Aquí {role}", role=role, territories=places, entity=entity)
        there = hire(login="there.gestor", name="Gestor de allá", role=Role.GESTOR, territories=(THERE,))
        hire(login="there.zonal", name="Zonal de allá", role=Role.ZONAL, territories=(THERE,))
    app = create_app(services)
    clients = {str(role): _logged_in(app, f"here.{role}") for role in Role}
    owners = tuple(_logged_in(app, login) for login in ("there.gestor", "there.zonal"))
    return Country(
        app, services, {**clients, NOBODY: app.test_client()}, owners, {HERE: here[Role.GESTOR], THERE: there}
    )


def _logged_in(app: Flask, login: str) -> FlaskClient:
    client = app.test_client()
    assert log_in(client, login) == 303
    return client


def routes(app: Flask) -> list[Rule]:
    return sorted(app.url_map.iter_rules(), key=str)


def address(app: Flask, route: Rule, **things: object) -> str:
    """An address of a route; arguments that are not given name nothing that exists."""
    samples = {name: _sample(converter) for name, converter in route._converters.items()}
    with app.test_request_context():
        return str(app.url_map.bind("localhost").build(route.endpoint, {**samples, **things}, append_unknown=False))


def _sample(converter: BaseConverter) -> object:
    """A value that a converter takes and that names nothing."""
    if isinstance(converter, AnyConverter):
        return sorted(converter.items)[0]
    return next(value for kind, value in SAMPLES.items() if isinstance(converter, kind))


def methods(route: Rule) -> list[str]:
    return sorted((route.methods or set()) & {"GET", "POST"})
