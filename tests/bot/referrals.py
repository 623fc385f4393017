"""A programme of the SENA for the village of the tests, and what becomes due there."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import text

from bot import alarms, referral_offers
from families import programmes, referrals
from families.programmes import Details, Status
from families.referrals import Referral
from tests.bot.conftest import Village
from tests.families.households import SINCELEJO

APPOINTMENT = datetime(2026, 12, 3, 14, tzinfo=UTC)
COURSE = Details(
    name="Curso de cocina",
    achievements=("IT1",),
    territory=SINCELEJO,
    requirements="mayor de 18 años",
    bring="cédula y SISBEN",
    address="Calle 20 # 15-30",
    hours="lunes a viernes, 8 a 12",
    contact="605 282 0000",
    opens_on=date(2026, 11, 1),
    appointment=APPOINTMENT,
)


def gestor(village: Village) -> int:
    """The gestor who proposes."""
    with village.database.transaction() as connection:
        statement = text(
            "INSERT INTO staff (login, name, role, territories, password_hash)"
            " VALUES ('ana', 'Ana', 'gestor', '{70001}', '')"
            " ON CONFLICT (login) DO UPDATE SET name = 'Ana' RETURNING id"
        )
        return int(connection.execute(statement).scalar_one())


def programme(village: Village, places: int, details: Details = COURSE) -> int:
    """A programme with so many places."""
    with village.database.transaction() as connection:
        return programmes.create(connection, "SENA", details, places, village.now, status=Status.OPEN)


def offer(village: Village, programme_id: int, *ordinals: int) -> list[Referral]:
    """Offer a programme to families by their ordinals; the messages leave."""
    wanted = {village.families[ordinal - 1]: "IT1" for ordinal in ordinals}
    by = gestor(village)
    with village.database.transaction() as connection:
        made = referral_offers.offer(connection, village.office, programme_id, wanted, by, village.now)
    village.later(minutes=1)
    leave(village)
    return made


def leave(village: Village) -> list[str]:
    """Let the messages leave that are due; their texts, by the phone's contact."""
    with village.database.transaction() as connection:
        due = connection.execute(
            text(
                """
                WITH gone AS (DELETE FROM outbox_queue WHERE due_at <= :now RETURNING message_id)
                UPDATE messages SET status = 'sent' FROM gone WHERE messages.id = gone.message_id
                RETURNING messages.body, messages.purpose, messages.contact_id
                """
            ),
            {"now": village.now},
        ).all()
    return [row.body for row in sorted(due, key=lambda row: row.contact_id) if row.purpose == "referral"]


def sound(village: Village) -> list[str]:
    """Carry out the timers that are due; what families are told of their referrals then."""
    alarms.sound(village.database, village.office, village.now)
    return leave(village)


def until(village: Village, moment: datetime) -> list[str]:
    """Let time pass up to a moment, hour by hour; what families are told of their referrals on the way."""
    told = []
    while village.now < moment:
        village.now = min(moment, village.now + timedelta(hours=1))
        told += sound(village)
    return told


def state(village: Village, referral: Referral) -> str:
    """How a referral stands."""
    with village.database.transaction() as connection:
        found = referrals.get(connection, referral.id)
    assert found is not None
    return found.state.value
