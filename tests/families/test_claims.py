"""What family, gestor and register claim of achievements, and what follows from it."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, true

from encryption import Cipher
from families import achievements, catalogue, claims, families, life_plan, milestones, progress
from families.achievements import Current
from families.claims import Claim, Source, Status, Verdict
from families.directory import Filters, found
from families.life_plan import MOST, Answer, Outcome, PlanError
from tests.families.households import NOW, family, register

CONTENT = (Path(catalogue.__file__).parent / "catalogues" / "logros_2007.csv").read_text("utf-8")
TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
SAID = {
    "family": (Source.FAMILY, Verdict.REACHED),
    "family no": (Source.FAMILY, Verdict.NOT_REACHED),
    "gestor": (Source.GESTOR, Verdict.REACHED),
    "gestor no": (Source.GESTOR, Verdict.NOT_REACHED),
    "gestor n/a": (Source.GESTOR, Verdict.NOT_APPLICABLE),
    "register": (Source.REGISTER, Verdict.REACHED),
    "register no": (Source.REGISTER, Verdict.NOT_REACHED),
}


@pytest.fixture
def current(connection: Connection) -> Current:
    achievements.load(connection, "2007", CONTENT, NOW)
    loaded = achievements.current(connection)
    assert loaded is not None
    return loaded


@pytest.fixture
def family_id(connection: Connection, cipher: Cipher) -> int:
    (record,) = register(connection, cipher)
    return record.id


def say(connection: Connection, cipher: Cipher, current: Current, family_id: int, *words: str) -> claims.Standing:
    """Claims on one achievement, one a day; where it stands then."""
    for day, word in enumerate(words):
        source, verdict = SAID[word]
        claim = Claim(family_id, current.id, "HA2", source, verdict, NOW + day * DAY, reason="falta algo")
        claims.record(connection, cipher, [claim])
    return claims.standings(connection, cipher, family_id, current.id)[0]


@pytest.mark.parametrize(
    ("words", "status", "disputed"),
    [
        pytest.param(["family"], Status.REPORTED, False, id="reported"),
        pytest.param(["family", "gestor"], Status.VERIFIED, False, id="verified"),
        pytest.param(["family", "gestor no"], Status.SENT_BACK, True, id="sent back"),
        pytest.param(["family", "gestor no", "family"], Status.REPORTED, True, id="reported again"),
        pytest.param(["gestor", "family no"], Status.VERIFIED, True, id="the gestor has the last word, and it shows"),
        pytest.param(["gestor", "register no"], Status.VERIFIED, True, id="a register says otherwise"),
        pytest.param(["register"], Status.PENDING, False, id="a register alone verifies nothing"),
        pytest.param(["gestor n/a", "family"], Status.NOT_APPLICABLE, True, id="does not apply"),
        pytest.param(["gestor no"], Status.PENDING, False, id="baseline"),
    ],
)
def test_where_an_achievement_stands(
    connection: Connection,
    cipher: Cipher,
    current: Current,
    family_id: int,
    words: list[str],
    status: Status,
    disputed: bool,
) -> None:
    standing = say(connection, cipher, current, family_id, *words)
    assert (standing.status, standing.disputed) == (status, disputed)
    assert claims.status(connection, family_id, current.id, "HA2") is status


def test_an_older_claim_never_replaces_a_newer(
    connection: Connection, cipher: Cipher, current: Current, family_id: int
) -> None:
    say(connection, cipher, current, family_id, "family", "gestor")
    late = Claim(family_id, current.id, "HA2", Source.GESTOR, Verdict.NOT_REACHED, NOW - DAY)
    claims.record(connection, cipher, [late])
    assert claims.status(connection, family_id, current.id, "HA2") is Status.VERIFIED


def test_a_new_catalogue_takes_over_what_means_the_same(
    connection: Connection, cipher: Cipher, current: Current, family_id: int
) -> None:
    say(connection, cipher, current, family_id, "gestor")
    for code in ("ID1", "HA4"):
        life_plan.choose(connection, family_id, current.id, code, NOW)
    other = CONTENT.replace("Todos tienen documento de identidad según su edad", "Todos tienen cédula")
    achievements.load(connection, "2011", other, NOW + DAY)
    new = achievements.current(connection)
    assert new is not None
    assert new.id != current.id
    assert claims.status(connection, family_id, new.id, "HA2") is Status.VERIFIED
    assert [goal.code for goal in life_plan.goals(connection, family_id, new.id)] == ["HA4"]


def test_how_far_a_family_is(connection: Connection, cipher: Cipher, current: Current, family_id: int) -> None:
    codes = [each.code for each in current.achievements]
    rows = [Claim(family_id, current.id, code, Source.GESTOR, Verdict.REACHED, NOW) for code in ("HA2", "HA1", "ID1")]
    claims.record(connection, cipher, rows)
    seen = progress.of_family(connection, cipher, current, family_id, TODAY)
    assert (seen.verified, len(seen.lines), seen.ready) == (3, len(codes), False)
    assert seen.tellable().verified == 2  # HA1 is sensitive
    assert len(seen.counting) == seen.missing + 3 + len(seen.counting) // 5
    assert sum(each.verified for each in seen.dimensions()) == 3
    rest = [
        Claim(family_id, current.id, line.achievement.code, Source.GESTOR, Verdict.REACHED, NOW)
        for line in seen.counting[: seen.missing + 3]
    ]
    claims.record(connection, cipher, rest)
    assert progress.of_family(connection, cipher, current, family_id, TODAY).ready


def test_families_ready_to_leave_are_found(
    connection: Connection, cipher: Cipher, current: Current, family_id: int
) -> None:
    register(connection, cipher, family())
    seen = progress.of_family(connection, cipher, current, family_id, TODAY)
    claims.record(
        connection,
        cipher,
        [
            Claim(family_id, current.id, line.achievement.code, Source.GESTOR, Verdict.REACHED, NOW)
            for line in seen.counting
        ],
    )
    progress.work_out(connection, [family_id], TODAY)
    ready = connection.execute(found(true(), Filters(ready_at=80), cipher)).all()
    assert [(row.id, row.share) for row in ready] == [(family_id, 1)]


def test_goals_keep_their_order_and_take_turns(connection: Connection, current: Current, family_id: int) -> None:
    for code in ("HA2", "ID1", "HA4"):
        life_plan.choose(connection, family_id, current.id, code, NOW)
    life_plan.order(connection, family_id, current.id, ["HA4"])
    asked = []
    for day in range(4):
        goal = life_plan.next_to_ask(connection, family_id, current.id, {"ID1"})
        assert goal is not None
        asked.append(goal.code)
        life_plan.asked(connection, goal.id, NOW + (day + 1) * DAY)
    assert asked == ["HA4", "HA2", "HA4", "HA2"]
    first = life_plan.goals(connection, family_id, current.id)[0]
    assert life_plan.answer(connection, family_id + 1, first.id, Answer.STUCK, NOW) is None
    assert life_plan.answer(connection, family_id, first.id, Answer.STUCK, NOW) == "HA4"
    assert life_plan.end(connection, family_id, current.id, "HA4", Outcome.REACHED, NOW)
    assert not life_plan.end(connection, family_id, current.id, "HA4", Outcome.REACHED, NOW)


def test_a_plan_with_everything_in_it_is_none(connection: Connection, current: Current, family_id: int) -> None:
    codes = [each.code for each in current.achievements]
    for code in codes[:MOST]:
        life_plan.choose(connection, family_id, current.id, code, NOW)
    life_plan.choose(connection, family_id, current.id, codes[0], NOW, wanted_by=TODAY)
    with pytest.raises(PlanError, match=str(MOST)):
        life_plan.choose(connection, family_id, current.id, codes[MOST], NOW)


def test_milestones_are_passed_once(connection: Connection, family_id: int) -> None:
    steps = [milestones.passed(connection, family_id, count, (1, 5, 10), NOW) for count in (0, 1, 2, 7, 5, 12, 12)]
    assert steps == [None, 1, None, 5, None, 10, None]


def test_name_tokens_tell_nothing_without_the_key(cipher: Cipher) -> None:
    other = Cipher(bytes(64))
    assert families.name_tokens(cipher, "Rosa") == families.name_tokens(cipher, "  ROSA ")
    assert families.name_tokens(cipher, "Rosa") != families.name_tokens(other, "Rosa")
