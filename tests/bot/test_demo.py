import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, select, text

from bot import demo
from bot.catalogue import Catalogue
from bot.register import FamilyContact
from db import Database
from encryption import Cipher
from families import audience, staff
from families.staff import Role
from messaging import contacts
from settings import Settings
from startup import Services, create_commands
from surveys import folding, invitations, waves

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
SECRET = "a secret of the tests, of no use elsewhere"


@pytest.fixture
def cipher() -> Cipher:
    return Cipher(bytes(range(64)))


def family_of(connection: Connection, cipher: Cipher, ordinal: int) -> list[int]:
    contact = contacts.find(connection, cipher, demo.phone_number(ordinal))
    assert contact is not None
    assert contact.demo
    return list(connection.scalars(select(FamilyContact.family_id).where(FamilyContact.contact_id == contact.id)))


def test_the_demo_is_a_living_pilot(database: Database, cipher: Cipher) -> None:
    assert demo.load(database, cipher, Catalogue.read(), SECRET, NOW)

    with database.transaction() as connection:
        assert audience.size(connection, "") == 2_000
        assert connection.scalar(text("SELECT count(*) FROM contacts WHERE NOT demo")) == 0

        # Staff of each role log in with the passwords that are printed.
        printed = {one.login: one for one in demo.logins(SECRET)}
        assert {one.role for one in printed.values()} == set(Role)
        for login in ("nacional", "ut.sucre", "zonal.soacha", "gestor.sincelejo1", "sena"):
            member = staff.authenticate(connection, login, printed[login].password, NOW)
            assert member is not None
            assert member.role is printed[login].role

        # Each municipality has a plan of the year that is approved, and one that waits for its coordination.
        plans = connection.execute(text("SELECT status, count(*) FROM yearly_plans GROUP BY 1 ORDER BY 1")).all()
        assert [tuple(one) for one in plans] == [("approved", 5), ("sent", 5)]

        # One finished wave of the whole pilot, one open wave of a department.
        open_wave, finished = waves.listed(connection)
        assert (open_wave.status, finished.status) == ("open", "closed")
        assert open_wave.anonymous
        assert finished.anonymous
        assert finished.published_at is not None

        # The first phones are invited, have their message, and said nothing yet.
        for ordinal in range(1, demo.UNTOUCHED + 1):
            (family_id,) = family_of(connection, cipher, ordinal)
            (invitation,) = invitations.open_to(connection, [family_id])
            assert invitation.wave_id == open_wave.id
        waiting = connection.scalar(text("SELECT count(*) FROM outbox_queue"))
        assert waiting == 0
        assert connection.scalar(text("SELECT count(DISTINCT status) FROM messages")) == 1
        assert connection.scalar(text("SELECT count(*) FROM inbound_messages")) == 0

        # The next ones are phones of two families each.
        assert len(family_of(connection, cipher, demo.UNTOUCHED + 1)) == 2

        # About 45 of 100 answered the finished wave, and nothing leads from an answer to a family.
        status = {
            row.status: row.n
            for row in connection.execute(
                text("SELECT status, count(*) AS n FROM invitations WHERE wave_id = :wave GROUP BY 1"),
                {"wave": finished.id},
            )
        }
        answered = status["finished"] + status["partial"]
        assert 0.40 < answered / 2_000 < 0.50
        assert status["partial"] > 10
        unreachable = connection.scalar(text("SELECT count(*) FROM invitations WHERE NOT reachable"))
        assert unreachable is not None
        assert unreachable > 100
        assert connection.scalar(text("SELECT count(*) FROM responses")) == 0

        # Nearly every programme can be shown in the two larger municipalities of the open wave.
        rated = connection.scalars(
            text(
                """
                SELECT sum(n)::int FROM rollups WHERE wave_id = :wave AND question = 'nota_programa'
                AND territory IN ('70001', '70215') GROUP BY territory, actor
                """
            ),
            {"wave": open_wave.id},
        ).all()
        assert len(rated) == 2 * 8
        assert sum(n >= 10 for n in rated) >= 13

    assert folding.verify(database) == []


def test_two_loads_at_once_load_once(database: Database, cipher: Cipher) -> None:
    texts = Catalogue.read()
    with ThreadPoolExecutor(2) as both:
        loading = [both.submit(demo.load, database, cipher, texts, SECRET, NOW) for _ in range(2)]
    assert sorted(each.result() for each in loading) == [False, True]
    with database.transaction() as connection:
        assert audience.size(connection, "") == 2_000


def test_the_commands_load_once_and_tell_what_to_try(settings: Settings) -> None:
    services = Services()
    services.settings = settings
    shell = create_commands(services).test_cli_runner()

    early = shell.invoke(args=["demo", "guide"])
    assert early.exit_code == 1
    assert "there are no demo data" in early.output

    assert shell.invoke(args=["demo", "load"]).output == "demo loaded\n"
    assert shell.invoke(args=["demo", "load"]).output == "the demo is there already\n"

    guide = shell.invoke(args=["demo", "guide"]).output
    services.database.close()
    assert f"{settings.public_url}/simulador" in guide
    assert "+573000000001" in guide
    for one in demo.logins(settings.secret_key):
        assert re.search(rf"^  {re.escape(one.login)} +{one.password} ", guide, re.MULTILINE)


def test_passwords_follow_from_the_secret() -> None:
    assert demo.password(SECRET, "nacional") == demo.password(SECRET, "nacional")
    others = {demo.password(f"{SECRET} {number}", "nacional") for number in range(50)}
    assert len(others) == 50
    assert len({one.password for one in demo.logins(SECRET)}) == len(demo.logins(SECRET))
    assert all(len(one.password) >= staff.MINIMUM_PASSWORD for one in demo.logins(SECRET))
