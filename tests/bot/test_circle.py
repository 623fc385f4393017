"""A wave goes the whole circle: asked, answered, closed, published, promised, and told to those who took part."""

from datetime import timedelta

from sqlalchemy import select, text

from bot import closing, results
from bot.campaigns import expansion, ledger, plans
from bot.campaigns.filters import Filter
from bot.campaigns.plans import Plan
from bot.campaigns.script import Kind
from messaging.campaigns import RUNNING, Campaign
from surveys import commitments, publications, waves
from surveys.commitments import Promise
from tests.bot.conftest import Village
from tests.families.households import SINCELEJO

HOUSEHOLDS, ANSWERED = 40, 30


def answer(village: Village, ordinal: int) -> None:
    """The family uses the ICBF; grades differ from family to family."""
    grade = str(3 + ordinal % 3)
    thanks = village.phone(ordinal).answers("HOLA", "1", "4", grade, "no", "no", grade, grade)
    assert "¡Gracias!" in thanks


def test_from_the_question_to_the_families(empty_village: Village) -> None:
    village = empty_village
    village.open_wave(households=HOUSEHOLDS)
    database, texts = village.database, village.turn.texts
    for ordinal in range(1, ANSWERED + 1):
        answer(village, ordinal)
    with database.transaction() as connection:
        village.later(days=1)
        closing.close_wave(connection, village.wave_id, village.now)
    with database.transaction() as connection:
        waves.publish(connection, village.wave_id, village.now)
        card = publications.published(connection, village.wave_id, SINCELEJO)
        assert card is not None
        assert card.started == ANSWERED
        promise = Promise(
            village.wave_id,
            SINCELEJO,
            "municipio",
            "Faltan jornadas",
            "Una jornada al mes",
            "La Alcaldía",
            village.now.date() + timedelta(days=30),
        )
        commitments.make(connection, promise, None, village.now)
        names = {"municipio": "la Alcaldía", "icbf": "ICBF"}
        promised = [(promise.owner, promise.promise)]
        words = results.proposal(card, names, "Sincelejo", promised, texts, "es")
        assert words is not None
        assert "La Alcaldía se comprometió: Una jornada al mes." in words
        plan = Plan("Resultados", Kind.RESULT, Filter((SINCELEJO,)), village.wave_id, {"es": words})
        campaign = plans.draft(connection, plan, texts, village.now)
        assert plans.start(connection, campaign, ANSWERED, village.now) is not None
    expansion.expand(database, texts, village.now + timedelta(seconds=59))
    assert village.scalar("SELECT count(*) FROM messages WHERE campaign_id = :id", id=campaign) == 0
    village.later(minutes=2)
    while expansion.expand(database, texts, village.now):
        continue
    with database.transaction() as connection:
        assert connection.scalar(select(Campaign.status).where(Campaign.id == campaign)) in (RUNNING, "finished")
        told = connection.scalars(text("SELECT body FROM messages WHERE campaign_id = :id"), {"id": campaign}).all()
        planned = plans.get(connection, campaign)
        assert planned is not None
        assert ledger.progress(connection, planned) is not None
        connection.execute(text("DELETE FROM outbox_queue"))  # they have left
        connection.execute(text("UPDATE messages SET status = 'sent' WHERE campaign_id = :id"), {"id": campaign})
    assert told
    assert all("Una jornada al mes" in body for body in told)
    assert "Con gusto" in village.phone(1).texts("gracias")
    village.phone(2).texts("Y el puente de la vereda para cuando lo arreglan")
    with database.transaction() as connection:
        letters = connection.execute(text("SELECT reserved FROM correspondences")).all()
    assert [row.reserved for row in letters] == [True]
