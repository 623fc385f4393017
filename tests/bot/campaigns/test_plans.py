"""A campaign from its draft to its end: nothing before the time to undo is over, everything once after it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot import inviting
from bot.campaigns import expansion, ledger, plans
from bot.campaigns.filters import Filter
from bot.campaigns.plans import Plan, PlanError
from bot.campaigns.script import Kind
from bot.closing import close_wave
from messaging import campaigns
from surveys import waves
from tests.bot.campaigns.conftest import NEWS, TEXTS, District, family
from tests.families.households import COROZAL, SINCELEJO

MESSAGES = "SELECT count(*) FROM messages"


def test_nothing_is_written_while_it_can_be_undone(district: District) -> None:
    district.settle(family(), family())
    campaign_id = district.draft(district.news())
    with district.database.transaction() as connection:
        assert plans.start(connection, campaign_id, 2, district.now) == district.now + timedelta(seconds=60)
    district.now += timedelta(seconds=59)
    district.expand()
    assert district.get(campaign_id).status == campaigns.PLANNED
    assert district.scalar(MESSAGES) == 0
    with district.database.transaction() as connection:
        assert campaigns.undo(connection, campaign_id, district.now)
    district.now += timedelta(hours=1)
    district.expand()
    assert (district.get(campaign_id).status, district.scalar(MESSAGES)) == (campaigns.DRAFT, 0)


def test_what_has_begun_is_not_undone(district: District) -> None:
    district.settle(family())
    campaign_id = district.begin(district.news())
    with district.database.transaction() as connection:
        assert not campaigns.undo(connection, campaign_id, district.now)
    district.expand()
    assert district.scalar(MESSAGES) == 1


def test_it_waits_for_its_moment(district: District) -> None:
    district.settle(family())
    later = district.now + timedelta(days=2)
    campaign_id = district.begin(district.news(not_before=later))
    district.expand()
    assert district.get(campaign_id).status == campaigns.PLANNED
    district.now = later
    district.expand()
    assert district.scalar(MESSAGES) == 1


def test_everybody_gets_it_once_and_it_ends(district: District) -> None:
    district.settle(*(family() for _ in range(7)))
    campaign_id = district.begin(district.news())
    district.expand()
    assert district.get(campaign_id).families == 7
    assert district.rows("SELECT count(*), count(DISTINCT contact_id) FROM messages") == [(7, 7)]
    assert "El jueves hay brigada" in district.scalar("SELECT body FROM messages LIMIT 1")
    district.sent(*district.claim(), status="delivered")
    district.expand()
    ended = district.get(campaign_id)
    assert (ended.status, ended.ended_at) == (campaigns.FINISHED, district.now)


def test_two_families_behind_one_phone_get_one_message(district: District) -> None:
    district.settle(family(), family(), family(), family(), phones=[1, 2, 1, 1])
    campaign_id = district.begin(district.news())
    assert district.look(district.news()).messages == 2
    district.expand(chunk=1)
    assert district.scalar(MESSAGES) == 2
    district.sent(*district.claim(), status="delivered")
    assert district.ledger(campaign_id).states["delivered"] == 4


def test_a_kill_in_the_middle_of_a_chunk_loses_nothing_and_doubles_nothing(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    district.settle(*(family() for _ in range(5)))
    district.begin(district.news())
    assert expansion.expand(district.database, TEXTS, district.now, 2)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(expansion, "_move", killed)
        with pytest.raises(KeyboardInterrupt):
            expansion.expand(district.database, TEXTS, district.now, 2)
    district.expand()
    assert district.rows("SELECT count(*), count(DISTINCT contact_id) FROM messages") == [(5, 5)]


def test_paused_it_is_neither_written_nor_sent(district: District) -> None:
    district.settle(*(family() for _ in range(4)))
    campaign_id = district.begin(district.news())
    expansion.expand(district.database, TEXTS, district.now, 2)
    with district.database.transaction() as connection:
        assert campaigns.pause(connection, campaign_id)
    district.expand()
    assert (district.scalar(MESSAGES), district.claim()) == (2, [])
    with district.database.transaction() as connection:
        assert campaigns.resume(connection, campaign_id)
    district.expand()
    assert len(district.claim()) == 4


def test_stopped_it_never_goes_on(district: District) -> None:
    district.settle(*(family() for _ in range(4)))
    campaign_id = district.begin(district.news())
    expansion.expand(district.database, TEXTS, district.now, 2)
    with district.database.transaction() as connection:
        assert campaigns.stop(connection, campaign_id, district.now)
        assert not campaigns.resume(connection, campaign_id)
    district.expand()
    assert campaigns.sweep(district.database) == 2
    found = district.ledger(campaign_id)
    assert (found.states["excluded"], found.reasons["excluded"]) == (2, {"campaign_stopped": 2})


def test_an_invitation_opens_its_wave_and_draws_its_families(district: District) -> None:
    reached, unreached = district.settle(family(), family(), phones=[1, None])
    district.settle(family(COROZAL))
    wave_id = district.wave(SINCELEJO)
    district.begin(Plan("Ronda", Kind.INVITATION, Filter(), wave_id))
    district.expand()
    drawn = district.rows("SELECT subject, status FROM invitations ORDER BY subject")
    assert drawn == [(reached, "invited"), (unreached, "unreachable")]
    assert district.scalar("SELECT status FROM waves") == waves.OPEN
    assert district.rows("SELECT purpose, count(*) FROM messages GROUP BY 1") == [("survey_invitation", 1)]


def test_an_invitation_goes_to_nobody_twice(district: District) -> None:
    district.settle(family(), family())
    wave_id = district.wave()
    for _ in range(2):
        district.begin(Plan("Ronda", Kind.INVITATION, Filter(), wave_id))
        district.expand()
    assert district.scalar(MESSAGES) == 2


def test_who_has_begun_gets_no_invitation_and_cannot_be_told_from_who_got_one(district: District) -> None:
    first, _ = district.settle(family(), family())
    wave_id = district.wave()
    with district.database.transaction() as connection:
        inviting.open_wave(connection, wave_id, district.now)
    district.rows("UPDATE invitations SET status = 'finished' WHERE subject = :first RETURNING 1", first=first)
    district.expand()
    assert district.scalar(MESSAGES) == 1
    district.sent(*district.claim(), status="delivered")
    campaign_id = district.scalar("SELECT max(campaign_id) FROM campaign_plans")
    found = district.ledger(campaign_id)
    assert (found.states["delivered"], found.answers) == (2, {"answered": 1, "partial": 0, "silent": 1})
    with district.database.transaction() as connection:
        listed = connection.execute(ledger.families(campaign_id)).all()
    assert {(row.state, row.reason) for row in listed} == {("delivered", "delivered")}


def test_a_sample_is_drawn_once_and_only_it_is_invited(district: District) -> None:
    district.settle(*(family() for _ in range(6)))
    wave_id = district.wave(sample_size=2)
    district.begin(Plan("Ronda", Kind.INVITATION, Filter(), wave_id))
    district.expand()
    assert district.scalar("SELECT count(*) FROM invitations") == 2
    assert district.scalar(MESSAGES) == 2


def test_a_reminder_goes_to_those_who_have_not_begun(district: District) -> None:
    first, *_ = district.settle(family(), family(), family())
    wave_id = district.wave()
    district.begin(Plan("Ronda", Kind.INVITATION, Filter(), wave_id))
    district.expand()
    district.rows("UPDATE invitations SET status = 'finished' WHERE subject = :first RETURNING 1", first=first)
    reminder = Plan("Recordatorio", Kind.REMINDER, Filter(), wave_id)
    assert district.look(reminder).messages == 2
    district.begin(reminder)
    district.expand()
    assert district.scalar("SELECT count(*) FROM messages WHERE purpose = 'survey_reminder'") == 2


def test_closing_a_wave_stops_its_campaigns(district: District) -> None:
    district.settle(family())
    wave_id = district.wave()
    campaign_id = district.begin(Plan("Ronda", Kind.INVITATION, Filter(), wave_id))
    district.expand()
    with district.database.transaction() as connection:
        close_wave(connection, wave_id, district.now)
    assert district.get(campaign_id).status == campaigns.STOPPED


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"name": " "}, "name", id="no name"),
        pytest.param({"written": {}}, "text_missing", id="no text"),
        pytest.param({"written": {"en": "Hello"}}, "text_missing", id="no Spanish text"),
        pytest.param({"written": {"es": "x" * 400}}, "text_long", id="more than two SMS"),
        pytest.param({"written": {"es": "Si es desplazado, venga"}}, "text_forbidden", id="the dangerous fact"),
        pytest.param({"written": {"es": "Ho\x07la"}}, "text_unprintable", id="control characters"),
        pytest.param({"written": {**NEWS, "xx": "Hola"}}, "language_xx", id="a language nobody speaks"),
        pytest.param({"budget_segments": 0}, "budget", id="a budget of nothing"),
        pytest.param({"kind": Kind.INVITATION}, "wave_invitation", id="an invitation to no wave"),
        pytest.param({"kind": Kind.REMINDER, "wave_id": 99}, "wave_reminder", id="a wave that is not there"),
        pytest.param({"filter": Filter(achievement="nope")}, "achievement", id="an achievement that is not there"),
    ],
)
def test_what_cannot_be_planned(district: District, changes: dict[str, object], code: str) -> None:
    with pytest.raises(PlanError) as refused:
        district.draft(replace(district.news(), **changes))  # type: ignore[arg-type]
    assert refused.value.code == code


@pytest.mark.parametrize(
    "filter", [pytest.param(Filter(zone="rural"), id="zone"), pytest.param(Filter(language="en"), id="language")]
)
def test_an_anonymous_wave_goes_by_territory_alone(district: District, filter: Filter) -> None:
    wave_id = district.wave()
    with pytest.raises(PlanError, match="anonymous_filter"):
        district.draft(Plan("Ronda", Kind.INVITATION, filter, wave_id))
    with pytest.raises(PlanError, match="anonymous_filter"):
        district.draft(district.news(replace(filter, unanswered_wave=wave_id)))
    assert district.draft(Plan("Ronda", Kind.INVITATION, Filter((SINCELEJO,)), wave_id))


def test_only_a_draft_is_written_anew(district: District) -> None:
    campaign_id = district.draft(district.news())
    with district.database.transaction() as connection:
        plans.change(connection, campaign_id, replace(district.news(), name="Otra"), TEXTS)
    assert district.get(campaign_id).plan.name == "Otra"
    with district.database.transaction() as connection:
        plans.start(connection, campaign_id, 0, district.now)
        with pytest.raises(PlanError, match="begun"):
            plans.change(connection, campaign_id, district.news(), TEXTS)


def test_a_campaign_that_cannot_be_written_holds_no_other_up(district: District) -> None:
    district.settle(family(), family())
    broken = district.begin(district.news())
    whole = district.begin(district.news())
    spoil = "UPDATE campaign_plans SET written = jsonb_build_object('en', 'Hi') WHERE campaign_id = :id RETURNING 1"
    district.scalar(spoil, id=broken)
    district.expand()
    assert (district.get(broken).expanded, district.get(whole).expanded) == (False, True)

    mend = "UPDATE campaign_plans SET written = (SELECT written FROM campaign_plans WHERE campaign_id = :whole)"
    district.scalar(f"{mend} WHERE campaign_id = :id RETURNING 1", whole=whole, id=broken)
    district.expand()
    assert district.get(broken).messages == 2
