"""Five hundred families accept a hundred places at once, and the processes that answer them are killed meanwhile."""

import re
import subprocess
import sys
import time

from sqlalchemy import text

from bot import referral_offers
from families import enrolment, programmes, referrals
from families.referrals import State
from local.keeper import ROOT
from messaging import contacts
from settings import Settings
from tests.bot.conftest import Village
from tests.bot.referrals import gestor, leave, programme
from tests.bot.rush import number
from tests.families.households import family, register

FAMILIES, PLACES, PROCESSES = 500, 100, 4
PLACE = re.compile(r"puesto (\d+)\.")


def test_five_hundred_families_accept_a_hundred_places_at_once(village: Village, settings: Settings) -> None:
    programme_id = programme(village, PLACES)
    _offer_to_all(village, programme_id)
    _rush(village, settings)
    with village.database.transaction() as connection:
        found = programmes.get(connection, programme_id)
        waiting = referrals.of_programme(connection, programme_id, [State.WAITING])
        accepted = referrals.of_programme(connection, programme_id, [State.ACCEPTED])
        told = connection.execute(
            text(
                """
                SELECT link.family_id, count(*) AS n, max(messages.body) AS body
                FROM messages JOIN family_contacts AS link USING (contact_id)
                WHERE messages.in_reply_to IS NOT NULL GROUP BY link.family_id
                """
            )
        ).all()
    assert found is not None
    assert (found.taken, len(accepted), len(waiting)) == (PLACES, PLACES, FAMILIES - PLACES)
    assert [each.turn for each in waiting] == list(range(1, FAMILIES - PLACES + 1))
    assert [row.n for row in told] == [1] * FAMILIES, "each is told once"
    bodies = {row.family_id: row.body for row in told}
    assert all("tiene cupo" in bodies[each.family_id] for each in accepted)
    assert [PLACE.findall(bodies[each.family_id]) for each in waiting] == [[str(each.turn)] for each in waiting]


def _offer_to_all(village: Village, programme_id: int) -> None:
    """Register the families with their phones, and offer all of them the programme."""
    by = gestor(village)
    with village.database.transaction() as connection:
        records = register(connection, village.cipher, *[family() for _ in range(FAMILIES)])
        ids = [record.id for record in records]
        enrolment.sign(connection, ids, village.now)
        numbers = [number(ordinal) for ordinal in range(1, FAMILIES + 1)]
        known = contacts.ensure_many(connection, village.cipher, numbers, village.now)
        village.link(connection, {one: known[phone] for one, phone in zip(ids, numbers, strict=True)})
        wanted = dict.fromkeys(ids, "IT1")
        assert len(referral_offers.offer(connection, village.office, programme_id, wanted, by, village.now)) == FAMILIES
    village.later(minutes=1)
    assert len(leave(village)) == FAMILIES


def _rush(village: Village, settings: Settings) -> None:
    """Four processes answer a quarter each; each is killed twice on its way and begins anew."""
    share = FAMILIES // PROCESSES
    commands = [
        [
            *(sys.executable, "-m", "tests.bot.rush", settings.database_url, settings.redis_url),
            *(settings.data_key.hex(), str(first), str(first + share - 1), village.now.isoformat()),
        ]
        for first in range(1, FAMILIES, share)
    ]
    for answered in (FAMILIES // 6, FAMILIES // 2, None):
        running = [subprocess.Popen(command, cwd=ROOT) for command in commands]
        while answered is not None and _answered(village) < answered:
            assert any(each.poll() is None for each in running), "nobody is left to kill"
            time.sleep(0.05)
        for each in running:
            if answered is not None:
                each.kill()
            assert each.wait(120) in ((0,) if answered is None else (0, -9))


def _answered(village: Village) -> int:
    found = village.scalar("SELECT count(*) FROM messages WHERE in_reply_to IS NOT NULL")
    assert isinstance(found, int)
    return found
