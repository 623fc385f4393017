"""A complaint in the middle of the Libreta, over HTTP in the running service, by SMS and by WhatsApp.

The conversation is compared with `transcripts/`, where number and day stand as <radicado> and <día>. With
REWRITE_TRANSCRIPTS=1 the files are written again: read what changed as the family would.
"""

import os
import re
import time
from pathlib import Path

import psycopg
import pytest

from families import radicado
from tests.end_to_end.conftest import Service
from tests.end_to_end.phone import Phone, read
from tests.end_to_end.test_libreta import eventually

FOLDER = Path(__file__).parent / "transcripts"
REWRITE = "REWRITE_TRANSCRIPTS" in os.environ
SAID = (
    "LIBRETA",
    "1",
    "1",
    "Quiero poner una queja porque en el puesto de salud me gritaron y no me dieron la cita",
    "si",
    "1",
    "con mi nombre",
    "4",
)
NUMBER = re.compile(r"\d{3}-\d{3}-\d{3}")
DAY = re.compile(r"a m[aá]s tardar el \d+ de \w+")


@pytest.mark.parametrize(("channel", "ordinal"), [("sms", 33), ("whatsapp", 34)])
def test_a_complaint_gets_its_number_and_the_libreta_goes_on(service: Service, channel: str, ordinal: int) -> None:
    assert eventually(lambda: demo_loaded(service), 300)
    phone = service.phone(ordinal, channel)
    lines: list[str] = []
    numbers: list[str] = []
    for said in SAID:
        reply = told(phone, said)
        numbers += NUMBER.findall(reply)
        lines += [f"> {said}", *masked(reply).splitlines(), ""]
    path = FOLDER / f"complaint_by_{channel}.txt"
    today = "\n".join(lines)
    if REWRITE:
        path.write_text(today, "utf-8")
    assert today == path.read_text("utf-8")
    assert len(numbers) == 1
    assert radicado.read(numbers[0]) is not None
    assert "estudio" in told(phone, f"RADICADO {numbers[0]}")


def demo_loaded(service: Service) -> bool:
    """Whether the families of the demo are there and invited: they come while the service runs already."""
    with psycopg.connect(service.env["DATABASE_URL"].replace("+psycopg", "")) as connection:
        return connection.execute("SELECT EXISTS (SELECT FROM waves WHERE status = 'open')").fetchone() == (True,)


def told(phone: Phone, body: str) -> str:
    """Write a message; one that is not taken is delivered again, as the provider does."""
    request = phone.request(body)
    for _ in range(60):
        response = phone.deliver(*request)
        if response.status_code == 200:
            return read(response.text)
        assert response.status_code == 503
        time.sleep(1)
    raise TimeoutError("the service takes no messages")


def masked(reply: str) -> str:
    """A reply without what changes from day to day."""
    return DAY.sub("a más tardar el <día>", NUMBER.sub("<radicado>", reply))
