"""What whoever accompanies a family reads of what it was told."""

from sqlalchemy import select

from bot import family_timeline, spot_check
from bot.campaigns import expansion
from families.families import Family
from tests.bot.conftest import Village
from tests.bot.test_code_sheets import NOVEMBER, settle
from tests.families.households import SINCELEJO

INVITED = "survey_invitation"


def test_nobody_reads_there_who_was_drawn_for_a_spot_check(village: Village) -> None:
    """That everybody was invited to the Libreta may be known; that one was asked of the gestor's visits may not."""
    settle(village, range(4, 24))
    with village.database.transaction() as connection:
        _, drawn = spot_check.start(connection, SINCELEJO, 20, NOVEMBER, village.now)
    while expansion.expand(village.database, village.office.texts, village.now):
        pass
    sent = village.scalar("SELECT count(*) FROM messages WHERE purpose = :purpose", purpose=INVITED)
    assert sent == 23 + drawn
    with village.database.transaction() as connection:
        everybody = connection.scalars(select(Family.id)).all()
        told = [entry.what for one in everybody for entry in family_timeline.timeline(connection, one)]
    assert told.count(INVITED) == 23
