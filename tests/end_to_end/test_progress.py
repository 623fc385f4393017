"""An achievement from «ya tenemos agua» to verified, and two families on one phone, over HTTP in the running service.

The conversations are compared with `transcripts/`, where what the demo draws stands as <n>, <paso> and <familia 1>.
With REWRITE_TRANSCRIPTS=1 the files are written again: read what changed as the family would.
"""

import os
import re
from pathlib import Path

import pytest

from bot import demo
from families import folio
from tests.end_to_end.conftest import Service
from tests.end_to_end.phone import Phone
from tests.end_to_end.test_libreta import eventually
from tests.end_to_end.test_referrals import Desk

FOLDER = Path(__file__).parent / "transcripts"
REWRITE = "REWRITE_TRANSCRIPTS" in os.environ
WATER = "La casa tiene agua apta y desagüe"
SHARED = demo.UNTOUCHED + 1
"""The first phone of the demo that serves two families."""
STEPS = re.compile(r"(Lo que sigue: ).*?(?=\.$|\.\n|\. )", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module", autouse=True)
def loaded(service: Service) -> None:
    """The demo is there."""
    assert eventually(lambda: "segunda ronda" in service.flask("waves", "list"), 240)


def family_id(ordinal: int) -> int:
    """The family of a phone of the demo: the first ones are registered in the order of their phones."""
    return folio.FIRST_SERIAL + ordinal - 1


def masked(reply: str, names: dict[str, str]) -> str:
    """A reply without what the demo draws."""
    reply = re.sub(r"lleva \d+ de \d+ logros", "lleva <n> de <n> logros", reply)
    reply = re.sub(r"Avis[oó] \d+ m[aá]s", "Avisó <n> más", STEPS.sub(r"\1<paso>", reply))
    for name, mask in names.items():
        reply = reply.replace(name, mask)
    return reply


def tell(phone: Phone, said: list[str], names: dict[str, str] | None = None) -> list[str]:
    """Say these things; the exchange as a transcript."""
    lines: list[str] = []
    for one in said:
        lines += [f"> {one}", *masked(phone.texts(one), names or {}).splitlines(), ""]
    return lines


def compare(name: str, lines: list[str]) -> None:
    path, today = FOLDER / f"{name}.txt", "\n".join(lines)
    if REWRITE:
        path.write_text(today, "utf-8")
    assert today == path.read_text("utf-8")


@pytest.mark.parametrize(("channel", "ordinal"), [("sms", 35), ("whatsapp", 36)])
def test_from_the_familys_word_to_the_gestors(service: Service, channel: str, ordinal: int) -> None:
    phone, desk = service.phone(ordinal, channel), Desk(service, "zonal.sincelejo")
    page = f"/admin/familias/{family_id(ordinal)}"
    judge = f"{page}/logros/HA2"
    desk.send(judge, page, paso="pendiente")
    lines = tell(phone, ["LIBRETA", "2", "ya tenemos agua", "si"])
    assert WATER in desk.page("/admin/por-verificar")
    lines += ["(su gestora lo verifica)", ""]
    assert "Quedó verificado" in desk.send(judge, "/admin/por-verificar", paso="confirmar").text
    lines += tell(phone, ["ya nos pusieron el agua", "mi avance"])
    assert "Mensaje sobre su avance" in desk.page(f"{page}/historia")
    compare(f"achievement_by_{channel}", lines)


def test_two_families_on_one_phone(service: Service) -> None:
    phone = service.phone(SHARED)
    phone.texts("hola")
    choices = [line[2:] for line in phone.texts("no soy yo").splitlines() if line[:2] in ("1 ", "2 ")]
    names = {name: f"<familia {place}>" for place, name in enumerate(choices, start=1)}
    assert len(names) == 2
    phone.texts("1")
    said = ["no soy yo", "1", "mi avance", "3", "no soy yo", "2", "mi avance", "libreta", "2"]
    compare("two_families_on_one_phone", tell(phone, said, names))
