"""Registering buttons, lists and templates at Twilio, and using them once they may be used."""

from dataclasses import replace

import pytest

from db import Database
from encryption import Cipher
from messaging import outbox
from messaging.address import Channel
from messaging.content import Content, Option
from messaging.dispatch import Sender
from messaging.outbox import Route
from messaging.priority import Priority
from messaging.providers import contents, registry
from messaging.providers.contents import generic_contents
from messaging.providers.errors import Remedy, SendError
from messaging.providers.template import Template
from messaging.providers.twilio import TwilioTransport, generic_content, option_variables
from tests.local_twilio.process import Control
from tests.messaging.conftest import CIPHER, NOON, dispatcher, outgoing, scalar

INVITATION = Template("invitacion", "Hola {{1}}. ¿Nos ayuda con la Libreta?", examples={"1": "María"})
SEEN = "UPDATE contacts SET whatsapp_inbound_at = :now RETURNING id"


def register(database: Database, twilio: Control) -> int:
    return contents.register(database, twilio.settings, [INVITATION], "Ver opciones", NOON)


def usable(database: Database) -> dict[str, str]:
    with database.transaction() as connection:
        return registry.usable(connection)


def test_registers_once_and_follows_the_approval(database: Database, twilio: Control) -> None:
    assert register(database, twilio) == 14
    assert register(database, twilio) == 0
    assert "buttons-2" in usable(database)
    assert "invitacion" not in usable(database), "not approved yet"

    twilio.approve()
    assert contents.follow(database, twilio.settings, NOON) == {"invitacion": "approved"}
    assert "invitacion" in usable(database)


def test_a_table_that_was_lost_is_filled_from_what_twilio_has(database: Database, twilio: Control) -> None:
    register(database, twilio)
    before = usable(database)
    scalar(database, "DELETE FROM provider_contents RETURNING 1")
    assert register(database, twilio) == 14
    assert usable(database) == before


def test_a_template_without_any_approval_yet_is_handed_in(database: Database, twilio: Control) -> None:
    """A kill came after it was registered and before it was handed in; or after that, and before we wrote it down."""
    api = contents.ContentApi(twilio.settings)
    sid = api.create(INVITATION.name, INVITATION.language, INVITATION.types, INVITATION.examples)
    assert api.handed_in(sid, INVITATION.name, INVITATION.category) == "received"
    assert api.handed_in(sid, INVITATION.name, INVITATION.category) == "received"
    assert register(database, twilio) == 14


def test_a_template_that_twilio_has_no_more_is_registered_again_and_holds_no_other_up(
    database: Database, twilio: Control
) -> None:
    register(database, twilio)
    with database.transaction() as connection:
        registry.remember(connection, "antes", "HX" + "9" * 32, "approved", NOON)
    twilio.approve()
    assert contents.follow(database, twilio.settings, NOON) == {"invitacion": "approved"}
    assert "antes" not in usable(database)
    again = replace(INVITATION, name="antes")
    assert contents.register(database, twilio.settings, [again], "Ver opciones", NOON) == 1


def test_wrong_credentials_are_one_clear_line(database: Database, twilio: Control) -> None:
    wrong = replace(twilio.settings, auth_token="wrong")
    with pytest.raises(SendError, match="TWILIO_AUTH_TOKEN") as told:
        contents.register(database, wrong, [], "Ver", NOON)
    assert told.value.remedy is Remedy.OPERATOR


def test_buttons_and_templates_leave_by_their_content(
    database: Database, cipher: Cipher, twilio: Control, maria: int
) -> None:
    register(database, twilio)
    twilio.approve()
    contents.follow(database, twilio.settings, NOON)
    scalar(database, SEEN, now=NOON)
    yes_no = Content("¿Va? 1 Sí, 2 No", "¿Va?", (Option("1", "Sí"), Option("2", "No")))
    invitation = Content("Hola María.", template="invitacion", variables={"1": "María"})
    with database.transaction() as connection:
        messages = [
            outgoing(maria, each.text, content=each, channel=Channel.WHATSAPP, priority=Priority.REPLY)
            for each in (yes_no, invitation)
        ]
        outbox.enqueue(connection, messages, NOON)
    names = usable(database)
    transport = TwilioTransport(twilio.settings, Channel.WHATSAPP, names)
    senders = {Route.WHATSAPP: Sender(transport, templates=frozenset(names))}
    assert dispatcher(database, CIPHER, twilio, senders=senders).drain() == 2
    assert twilio.bodies() == {"¿Va? | Sí | 1 | No | 2": 1, "María": 1}


@pytest.mark.parametrize(("count", "described"), [(1, False), (3, False), (3, True), (10, True)])
def test_a_generic_content_has_a_variable_for_everything(count: int, described: bool) -> None:
    options = tuple(Option(str(n), f"Opción {n}", "más" if described else "") for n in range(count))
    content = Content("¿Cuál?", options=options)
    examples = {name: examples for name, _, examples in generic_contents("Ver")}
    assert option_variables(content).keys() == examples[generic_content(content)].keys()


def test_a_template_with_buttons_numbers_their_taps_on(database: Database, twilio: Control) -> None:
    asked = Template("cita", "¿Va a ir el {{1}}?", examples={"1": "jueves", "2": "a", "3": "b"}, buttons=("Sí", "No"))
    actions = [{"title": "Sí", "id": "{{2}}"}, {"title": "No", "id": "{{3}}"}]
    assert asked.types == {"twilio/quick-reply": {"body": "¿Va a ir el {{1}}?", "actions": actions}}
    assert contents.register(database, twilio.settings, [asked], "Ver", NOON) == 14


def test_a_running_process_learns_of_an_approval(database: Database, twilio: Control) -> None:
    register(database, twilio)
    twilio.approve()
    known = registry.Usable(database)
    assert "invitacion" not in known
    contents.follow(database, twilio.settings, NOON)
    assert "invitacion" not in known, "read a moment ago"
    known._read_at -= registry.FRESH_SECONDS + 1
    assert "invitacion" in known
