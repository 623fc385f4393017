"""Whom a filter means."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from bot.campaigns.audience import audience, months_before
from bot.campaigns.filters import COMPOSITIONS, Filter, FilterError
from families import assignments, families, staff
from families.applicability import rule
from families.claims import FamilyAchievement
from families.families import NewFamily, NewMember, Relation, Zone
from families.sessions import FamilySession, SessionFamily
from families.staff import Role
from messaging import contacts
from tests.bot.campaigns.conftest import NOON, SINCELEJO, District, family
from tests.families.households import CARTAGENA, COROZAL


def meant(district: District, filter: Filter) -> list[int]:
    """The families of a filter, by their place in the district."""
    with district.database.transaction() as connection:
        found = connection.scalars(audience(filter, district.now)).all()
    return sorted(district.families.index(family_id) + 1 for family_id in found)


def household(*born: date, **facts: object) -> NewFamily:
    people = [NewMember("Ana Paz", "female", Relation.HEAD, date(1985, 1, 1))]
    people += [NewMember("Hijo", "male", Relation.CHILD, day) for day in born]
    return NewFamily(SINCELEJO, Zone.RURAL, tuple(people), **facts)  # type: ignore[arg-type]


def test_by_territory_zone_and_language(district: District) -> None:
    district.settle(family(), family(COROZAL), family(CARTAGENA), household(), family(language="en"))
    assert meant(district, Filter()) == [1, 2, 3, 4, 5]
    assert meant(district, Filter(("70",))) == [1, 2, 4, 5]
    assert meant(district, Filter((COROZAL, CARTAGENA))) == [2, 3]
    assert meant(district, Filter(zone="rural")) == [4]
    assert meant(district, Filter(language="en")) == [5]
    assert meant(district, Filter(("70",), zone="urban", language="es")) == [1, 2]


def test_by_stage_and_months_since_signing(district: District) -> None:
    long_ago, newly, welcomed = district.settle(family(), family(), family())
    district.rows("UPDATE families SET signed_at = :at WHERE id = :id RETURNING 1", id=newly, at=NOON - timedelta(40))
    district.rows("UPDATE families SET status = 'welcomed', signed_at = NULL WHERE id = :id RETURNING 1", id=welcomed)
    assert meant(district, Filter()) == [1, 2]
    assert meant(district, Filter(stage="welcomed")) == [3]
    assert meant(district, Filter(months_from=2)) == [1]
    assert meant(district, Filter(months_from=1, months_to=1)) == [2]
    assert meant(district, Filter(months_to=0)) == []
    assert long_ago


@pytest.mark.parametrize(
    ("day", "months", "earlier"),
    [
        pytest.param(date(2026, 3, 31), 1, date(2026, 2, 28), id="a short month"),
        pytest.param(date(2026, 1, 15), 1, date(2025, 12, 15), id="over the year"),
        pytest.param(date(2028, 2, 29), 12, date(2027, 2, 28), id="a leap day"),
        pytest.param(date(2026, 11, 24), 0, date(2026, 11, 24), id="none"),
    ],
)
def test_months_before(day: date, months: int, earlier: date) -> None:
    assert months_before(datetime(day.year, day.month, day.day, tzinfo=UTC), months).date() == earlier


def test_by_gestor(district: District) -> None:
    first, second = district.settle(family(), family())
    with district.database.transaction() as connection:
        gestor = staff.add(
            connection, login="ana", name="Ana", role=Role.GESTOR, password="x" * 12, territories=(SINCELEJO,)
        )
        assignments.assign(connection, [first, second], gestor.id, NOON)
        other = staff.add(
            connection, login="eva", name="Eva", role=Role.GESTOR, password="x" * 12, territories=(SINCELEJO,)
        )
        assignments.assign(connection, [first], other.id, NOON)
    assert meant(district, Filter(gestor_id=gestor.id)) == [2]


BIRTHDAYS = (
    *(date(2020, 11, 23), date(2020, 11, 24), date(2020, 11, 25)),
    *(date(2008, 11, 24), date(2008, 11, 25), date(1966, 11, 24), date(1966, 11, 25), date(2024, 2, 29)),
)


@pytest.mark.parametrize("composition", COMPOSITIONS)
def test_composition_means_what_the_catalogue_of_achievements_means(district: District, composition: str) -> None:
    district.settle(
        household(), household(farms=True), household(displaced=True), *(household(born) for born in BIRTHDAYS)
    )
    with district.database.transaction() as connection:
        counts = rule(composition)
        expected = [
            place
            for place, family_id in enumerate(district.families, start=1)
            if counts(families.household(connection, family_id), NOON.date())
        ]
    assert meant(district, Filter(composition=composition)) == expected
    assert expected


def test_by_session_to_come(district: District) -> None:
    district.settle(*(family() for _ in range(4)))
    with district.database.transaction() as connection:
        gestor = staff.add(
            connection, login="ana", name="Ana", role=Role.GESTOR, password="x" * 12, territories=(SINCELEJO,)
        )
        for place, (days, state) in enumerate([(2, "scheduled"), (9, "scheduled"), (2, "cancelled"), (-1, "held")]):
            session_id = connection.execute(
                insert(FamilySession)
                .values(
                    kind="follow_up",
                    gestor_id=gestor.id,
                    municipality_code=SINCELEJO,
                    starts_at=NOON + timedelta(days=days),
                    minutes=60,
                    state=state,
                    created_at=NOON,
                )
                .returning(FamilySession.id)
            ).scalar_one()
            connection.execute(insert(SessionFamily).values(session_id=session_id, family_id=district.families[place]))
    assert meant(district, Filter(session_within=3)) == [1]
    assert meant(district, Filter(session_within=30)) == [1, 2]


def test_by_achievement_still_to_come(district: District) -> None:
    district.settle(*(family() for _ in range(4)))
    from families import achievements, catalogue

    file = catalogue.__file__.replace("catalogue.py", "catalogues/logros_2007.csv")
    with district.database.transaction() as connection, open(file, encoding="utf-8") as content:  # noqa: PTH123
        catalogue_id = achievements.load(connection, "logros", content.read(), NOON)
        for place, verdicts in enumerate(
            [{"gestor_verdict": "reached"}, {"family_verdict": "reached"}, {"family_verdict": "not_reached"}]
        ):
            row = {"family_id": district.families[place], "catalogue_id": catalogue_id, "code": "ID1", **verdicts}
            connection.execute(insert(FamilyAchievement).values(row))
    assert meant(district, Filter(achievement="ID1")) == [3, 4]


def test_by_channel_that_reaches_them(district: District) -> None:
    district.settle(*(family() for _ in range(4)), phones=[1, 2, 3, None])
    with district.database.transaction() as connection:
        contacts.opt_in_whatsapp(connection, district.phones[1], NOON)
        contacts.quarantine(connection, district.phones[2], NOON)
    assert meant(district, Filter(channel="sms")) == [1, 3]
    assert meant(district, Filter(channel="whatsapp")) == [1]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        pytest.param({"territories": ()}, "territory", id="nowhere"),
        pytest.param({"territories": ("7",)}, "territory", id="half a department"),
        pytest.param({"zone": "sea"}, "zone", id="zone"),
        pytest.param({"stage": "born"}, "stage", id="stage"),
        pytest.param({"composition": "rich"}, "composition", id="composition"),
        pytest.param({"channel": "fax"}, "channel", id="channel"),
        pytest.param({"months_from": 5, "months_to": 4}, "months", id="months the wrong way round"),
        pytest.param({"months_from": 121}, "months", id="more months than the programme has"),
        pytest.param({"session_within": 61}, "session_within", id="too far ahead"),
    ],
)
def test_what_is_no_filter(asked: dict[str, object], code: str) -> None:
    with pytest.raises(FilterError) as refused:
        Filter(**asked)  # type: ignore[arg-type]
    assert refused.value.code == code


@given(
    st.builds(
        Filter,
        territories=st.lists(st.sampled_from(["", "70", SINCELEJO]), min_size=1, max_size=3).map(tuple),
        zone=st.sampled_from(["", "rural"]),
        months_from=st.none() | st.integers(0, 5),
        months_to=st.none() | st.integers(5, 9),
        composition=st.sampled_from(["", *COMPOSITIONS]),
        gestor_id=st.none() | st.integers(1, 9),
    )
)
def test_a_filter_survives_being_stored(filter: Filter) -> None:
    assert Filter.from_json(filter.to_json()) == filter
