"""A question with a picture: WhatsApp shows it, SMS asks without it."""

import pytest
from sqlalchemy import text

from messaging.address import Channel
from settings import Settings
from startup import Services, create_app
from surveys import attachments, library
from surveys.compile import compile_form
from tests.bot.conftest import Village
from tests.surveys.markdown import workbook

FORM = """
| survey | | | | |
| | type | name | label | media::image |
| | note | saludo | Mire la foto. | agua.png |
| | select_one sino | clara | ¿Su agua se ve así? | agua.png |
| | integer | dias | ¿Cuántos días a la semana? | |
| choices | | | | |
| | list_name | name | label | |
| | sino | si | Sí | |
| | sino | no | No | |
"""
PICTURE = b"\x89PNG\r\n\x1a\n a picture of a glass of water"


@pytest.fixture
def pictured(village: Village) -> Village:
    """The village's wave asks about a picture."""
    data = workbook(FORM)
    form = compile_form(data).form
    assert form is not None
    with village.database.transaction() as connection:
        version = library.publish(connection, form, data, village.now)
        attachments.keep(connection, version, {"agua.png": PICTURE})
        connection.execute(text("UPDATE waves SET form_version_id = :version"), {"version": version})
    return village


def test_whatsapp_gets_the_picture_by_the_dispatcher(pictured: Village) -> None:
    phone = pictured.phone(1, Channel.WHATSAPP)
    phone.texts("HOLA")
    assert phone.texts("1") == "", "what carries a picture does not leave as TwiML"
    url = pictured.scalar("SELECT content->>'media_url' FROM messages WHERE door = 'rest'")
    assert str(url).startswith("https://libreta.test/archivos/")
    body = pictured.scalar("SELECT body FROM messages WHERE door = 'rest'")
    assert "¿Su agua se ve así?" in str(body)
    assert "1 Sí" in str(body), "the options are in the text, since pictures come without buttons"


def test_sms_asks_without_it(pictured: Village) -> None:
    phone = pictured.phone(1)
    phone.texts("HOLA")
    assert "¿Su agua se ve asi?" in phone.texts("1")


def test_the_picture_is_served_to_who_knows_its_address(pictured: Village, settings: Settings) -> None:
    file_id = pictured.scalar("SELECT id FROM form_files")
    services = Services()
    services.settings = settings
    client = create_app(services).test_client()
    found = client.get(f"/archivos/{file_id}")
    assert (found.data, found.content_type) == (PICTURE, "image/png")
    assert "immutable" in found.headers["Cache-Control"]
    assert client.get("/archivos/00000000-0000-4000-8000-000000000000").status_code == 404


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("virus.exe", b"MZ", id="not a picture"),
        pytest.param("grande.png", b"x" * (attachments.LARGEST + 1), id="too large for WhatsApp"),
    ],
)
def test_files_that_whatsapp_does_not_show_are_refused(village: Village, name: str, content: bytes) -> None:
    with (
        pytest.raises(attachments.AttachmentError, match=name),
        village.database.transaction() as connection,
    ):
        attachments.keep(connection, 1, {name: content})
