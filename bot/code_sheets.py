"""Printed sheets of one-time codes, as PDF: a way in for families without a phone of their own.

Each page holds strips to be cut apart, one code each, with what to do in a few plain words. Codes are drawn when the
sheet is made and are kept only as keyed hashes, so that a sheet cannot be printed again: a lost one is drawn anew.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom

import typst
from sqlalchemy import Connection

from families import territory
from surveys import codes, invitations, waves

TEMPLATE = Path(__file__).parent / "code_sheet.typ"
CODES_PER_SHEET = 6
MOST_SHEETS = 250


class CodeSheetError(Exception):
    """A sheet that cannot be made; the message says why."""


@dataclass(frozen=True, slots=True)
class Sheets:
    """Sheets ready to be printed."""

    pdf: bytes
    codes: int
    filename: str


def draw(connection: Connection, wave_id: int, municipality: str, sheets: int, key: bytes, number: str) -> Sheets:
    """Draw codes of an open wave for a municipality and print them on so many sheets.

    `number` is where to write to, as it is printed; empty where it is not known yet. Raises CodeSheetError for a wave
    that is not open or not held there, for a municipality that is none, and for too many sheets.
    """
    wave = waves.get(connection, wave_id)
    if wave is None or wave.status != waves.OPEN:
        raise CodeSheetError(f"wave {wave_id} is not open")
    if len(municipality) != territory.MUNICIPALITY or not territory.contains(wave.territory, municipality):
        raise CodeSheetError(f"wave {wave_id} is not held in {municipality!r}")
    names = territory.municipality_names(connection, [municipality])
    if municipality not in names:
        raise CodeSheetError(f"there is no municipality {municipality!r}")
    if not 1 <= sheets <= MOST_SHEETS:
        raise CodeSheetError(f"print 1 to {MOST_SHEETS} sheets at a time")
    drawn = invitations.create_codes(
        connection,
        wave_id,
        municipality,
        sheets * CODES_PER_SHEET,
        key,
        SystemRandom(),
        modules=wave.modules,
    )
    pdf = printed([codes.display(code) for code in drawn], names[municipality], f"{wave.period_end:%d/%m/%Y}", number)
    return Sheets(pdf, len(drawn), f"codigos-{municipality}-ronda-{wave_id}.pdf")


def printed(shown: list[str], place: str, until: str, number: str) -> bytes:
    """The PDF of these codes, `CODES_PER_SHEET` a page."""
    values = {"codes": json.dumps(shown), "place": place, "until": until, "number": number}
    pdf: bytes = typst.compile(TEMPLATE, sys_inputs=values)
    return pdf
