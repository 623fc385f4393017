"""Printed codes that open a survey, and spot checks that point at nobody."""

import re
from datetime import date

import pytest
from sqlalchemy import text

from bot import closing, code_sheets, spot_check
from bot.code_sheets import CODES_PER_SHEET, CodeSheetError
from bot.spot_check import SpotCheckError
from families import enrolment, staff
from families.staff import Role, Staff
from messaging import contacts
from surveys import folding, waves
from surveys.disclosure import Percent
from tests.bot.conftest import Village, phone_number
from tests.families.households import CARTAGENA, SINCELEJO, family, register

KEY = b"a key of the tests"
NOVEMBER = (date(2026, 11, 1), date(2026, 12, 10))


def test_the_codes_of_a_sheet_each_open_the_libreta_once(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    printed: list[str] = []

    def note(shown: list[str], *_: str) -> bytes:
        printed.extend(shown)
        return b"%PDF"

    monkeypatch.setattr(code_sheets, "printed", note)
    with village.database.transaction() as connection:
        made = code_sheets.draw(connection, village.wave_id, SINCELEJO, 2, KEY, "85432")
    assert made.codes == len(set(printed)) == 2 * CODES_PER_SHEET
    assert "uso su familia" in village.phone(7).texts(f"LIBRETA {printed[0]}")
    assert "una sola vez" in village.phone(8).texts(f"LIBRETA {printed[0]}")


def test_sheets_are_a_pdf_of_as_many_pages() -> None:
    codes = [f"4821-{number:02}" for number in range(2 * CODES_PER_SHEET + 1)]
    pdf = code_sheets.printed(codes, "San Andrés de Sotavento <&>", "31/12/2026", "")
    assert pdf.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 3


@pytest.mark.parametrize(
    ("municipality", "sheets", "because"),
    [
        pytest.param(CARTAGENA, 1, "not held", id="of another department"),
        pytest.param("70999", 1, "not held", id="no municipality of the wave"),
        pytest.param("70", 1, "not held", id="a department"),
        pytest.param(SINCELEJO, 0, "1 to", id="none"),
        pytest.param(SINCELEJO, 251, "1 to", id="too many"),
    ],
)
def test_sheets_that_cannot_be_made(village: Village, municipality: str, sheets: int, because: str) -> None:
    with village.database.transaction() as connection, pytest.raises(CodeSheetError, match=because):
        code_sheets.draw(connection, village.wave_id, municipality, sheets, KEY, "")


@pytest.fixture
def zonal(village: Village) -> Staff:
    with village.database.transaction() as connection:
        return staff.add(
            connection,
            login="zonal",
            name="Marta Díaz",
            role=Role.ZONAL,
            password="una clave de prueba",
            territories=(SINCELEJO,),
        )


def settle(village: Village, ordinals: range) -> None:
    """More families that have signed, each with a phone."""
    with village.database.transaction() as connection:
        records = register(connection, village.cipher, *(family() for _ in ordinals))
        ids = [record.id for record in records]
        enrolment.sign(connection, ids, village.now)
        numbers = [phone_number(ordinal) for ordinal in ordinals]
        known = contacts.ensure_many(connection, village.cipher, numbers, village.now)
        village.link(connection, dict(zip(ids, (known[number] for number in numbers), strict=True)))


def gestores(village: Village, count: int) -> None:
    with village.database.transaction() as connection:
        for number in range(count):
            staff.add(
                connection,
                login=f"gestor{number}",
                name="Una gestora",
                role=Role.GESTOR,
                password="una clave de prueba",
                territories=(SINCELEJO,),
            )


@pytest.mark.parametrize(
    ("team", "shown"),
    [
        pytest.param(2, False, id="two gestores: it would point at one of them"),
        pytest.param(3, True, id="three gestores"),
    ],
)
def test_a_check_is_asked_by_message_and_read_merged(village: Village, zonal: Staff, team: int, shown: bool) -> None:
    gestores(village, team)
    settle(village, range(4, 41))
    with village.database.transaction() as connection:
        connection.execute(text("UPDATE waves SET status = 'closed'"))
        wave_id, invited = spot_check.launch(connection, zonal, SINCELEJO, 30, NOVEMBER, village.now)
    assert invited == 30
    answered = 0
    for ordinal in range(1, 41):
        phone = village.phone(ordinal)
        if "Vino" in phone.answers("LIBRETA", "1"):
            phone.answers(*(("si", "5") if answered % 3 else ("no",)))
            answered += 1
    assert answered == 30
    folding.fold(village.database)
    with village.database.transaction() as connection:
        (running,) = spot_check.listing(connection, zonal)
        assert running.visited is None, "nothing is shown while it moves"
        closing.close_wave(connection, wave_id, village.now)
        (check,) = spot_check.listing(connection, zonal)
        assert waves.listed(connection, standing=True)[0].id == wave_id
        assert wave_id not in [wave.id for wave in waves.listed(connection)], "it is no round of the Libreta"
    assert check.visited == (Percent(65) if shown else None)
    with village.database.transaction() as connection, pytest.raises(waves.WaveStateError, match="never published"):
        waves.publish(connection, wave_id, village.now)


@pytest.mark.parametrize(
    ("territory", "size"),
    [pytest.param(CARTAGENA, 100, id="elsewhere"), pytest.param(SINCELEJO, 5, id="too few to tell anything")],
)
def test_a_check_that_is_not_launched(village: Village, zonal: Staff, territory: str, size: int) -> None:
    with village.database.transaction() as connection, pytest.raises(SpotCheckError):
        spot_check.launch(connection, zonal, territory, size, NOVEMBER, village.now)
