"""Referrals (*remisiones*): a family is offered a programme, takes a place or waits for one, and tells how it went.

    offered ─▶ accepted ─▶ (attended) ─▶ served | not_served
       │  ╲                    ▲
       │   waiting ─▶ called ──┘         declined, lapsed, withdrawn, unknown: ends on the way

A place is held from `called` or `accepted` on. Every change first locks the programme's row, so places are given one
after the other and none twice; whoever says yes when none is left waits in the order of the yeses. When a place comes
free the first who waits is called, with the place held until an answer is due; unanswered, it goes on to the next.
Why a family was not served is not known here: it is told in an anonymous response (`surveys.outcomes`).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Connection,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Row,
    Select,
    and_,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from db import Base
from families import programmes
from families.deadlines import BOGOTA
from families.families import one_of
from families.programmes import Programme, ProgrammeRow

OVERDUE_AFTER = timedelta(days=3)
"""So long after its date a referral without an outcome is shown to the gestor as overdue."""


class State(StrEnum):
    """Where a referral stands."""

    OFFERED = "offered"
    WAITING = "waiting"
    """Said yes when no place was left."""
    CALLED = "called"
    """A place came free and is held until `answer_by`."""
    ACCEPTED = "accepted"
    ATTENDED = "attended"
    """Was there, as the entity or the gestor noted; what came of it the family tells."""
    SERVED = "served"
    NOT_SERVED = "not_served"
    DECLINED = "declined"
    LAPSED = "lapsed"
    """Was not answered in time."""
    WITHDRAWN = "withdrawn"
    """Taken back by the staff."""
    UNKNOWN = "unknown"
    """Nobody told what came of it."""


OPEN = frozenset({State.OFFERED, State.WAITING, State.CALLED, State.ACCEPTED, State.ATTENDED})
ANSWERABLE = frozenset({State.OFFERED, State.CALLED})
GOING = frozenset({State.ACCEPTED, State.ATTENDED})
HOLDING = frozenset({State.CALLED, *GOING, State.SERVED, State.NOT_SERVED, State.UNKNOWN})
"""With a place. It stays used after the date: it cannot be given to anybody else any more."""
RETURNING = frozenset({State.DECLINED, State.LAPSED})
"""Ended by the family, which may change its mind."""
_OPEN_SQL = ", ".join(f"'{state}'" for state in sorted(OPEN))


class ReferralRow(Base):
    """One family's way through one programme. `turn` orders the waiting list; `due_at` is when the family is to go."""

    __tablename__ = "referrals"
    __table_args__ = (
        one_of("state", State),
        CheckConstraint("state <> 'waiting' OR turn IS NOT NULL", name="waits_in_turn"),
        Index(
            "uq_referrals_open",
            "programme_id",
            "family_id",
            unique=True,
            postgresql_where=text(f"state IN ({_OPEN_SQL})"),
        ),
        Index("ix_referrals_family_id", "family_id"),
        Index("ix_referrals_programme_id_state", "programme_id", "state"),
        Index("ix_referrals_waiting", "programme_id", "turn", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    programme_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("programmes.id"))
    family_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("families.id", ondelete="CASCADE"))
    achievement: Mapped[str]
    state: Mapped[str]
    proposed_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    proposed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    answer_by: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    turn: Mapped[int | None] = mapped_column(BigInteger)
    due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class ReferralEvent(Base):
    """A referral came to stand where it stands. `by` is None for what the family or the calendar did."""

    __tablename__ = "referral_events"
    __table_args__ = (Index("ix_referral_events_referral_id", "referral_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    referral_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("referrals.id", ondelete="CASCADE"))
    state: Mapped[str]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))


@dataclass(frozen=True, slots=True)
class Referral:
    """A referral as it is now. `achievement` is the code of what it is for, '' for none in particular."""

    id: int
    programme_id: int
    family_id: int
    achievement: str
    state: State
    proposed_by: int | None
    proposed_at: datetime
    answer_by: datetime
    turn: int | None
    due_at: datetime | None
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Moved:
    """What came of a change: the referral as it is now, and those who were called to a place that came free.

    `changed` is False where it stood there already, or could not go there any more.
    """

    referral: Referral
    programme: Programme
    changed: bool
    called: tuple[Referral, ...] = ()


_COLUMNS = tuple(getattr(ReferralRow, name) for name in Referral.__dataclass_fields__)


# --- reading -----------------------------------------------------------------------------------------------------


def get(connection: Connection, referral_id: int) -> Referral | None:
    """The referral of this id."""
    row = connection.execute(select(*_COLUMNS).where(ReferralRow.id == referral_id)).first()
    return read(row) if row else None


def query() -> Select[*tuple[Any, ...]]:
    """The query of all referrals, each row for `read`."""
    return select(*_COLUMNS)


def read(row: Row[*tuple[Any, ...]]) -> Referral:
    """The referral of a row of `query`."""
    return Referral(
        **{name: getattr(row, name) for name in Referral.__dataclass_fields__} | {"state": State(row.state)}
    )


def of_families(
    connection: Connection, family_ids: Collection[int], states: Collection[State] = OPEN
) -> list[Referral]:
    """The referrals of these families in some states, the latest first."""
    wanted = query().where(ReferralRow.family_id.in_(family_ids), ReferralRow.state.in_(states))
    return [read(row) for row in connection.execute(wanted.order_by(ReferralRow.id.desc()))]


def of_programme(connection: Connection, programme_id: int, states: Collection[State]) -> list[Referral]:
    """A programme's referrals in some states, in the order of the waiting list, then the oldest first."""
    wanted = query().where(ReferralRow.programme_id == programme_id, ReferralRow.state.in_(states))
    order = (ReferralRow.turn.asc().nulls_last(), ReferralRow.id)
    return [read(row) for row in connection.execute(wanted.order_by(*order))]


def counts(connection: Connection, programme_id: int) -> Mapping[State, int]:
    """How many referrals of a programme stand where; states without any are left out."""
    rows = connection.execute(
        select(ReferralRow.state, func.count())
        .where(ReferralRow.programme_id == programme_id)
        .group_by(ReferralRow.state)
    )
    return {State(state): n for state, n in rows}


def ahead(connection: Connection, referral: Referral) -> int:
    """How many wait before this one."""
    return connection.execute(
        select(func.count()).where(
            ReferralRow.programme_id == referral.programme_id,
            ReferralRow.state == State.WAITING,
            ReferralRow.turn < referral.turn,
        )
    ).scalar_one()


def overdue(now: datetime) -> Any:
    """The condition that a referral's date has passed and nobody has told what came of it."""
    return and_(ReferralRow.state.in_(GOING), ReferralRow.due_at < now - OVERDUE_AFTER)


def events(connection: Connection, referral_id: int) -> list[tuple[State, datetime, int | None]]:
    """How a referral came to stand where it stands, the first first: (state, when, by whom of the staff)."""
    rows = connection.execute(
        select(ReferralEvent.state, ReferralEvent.at, ReferralEvent.by)
        .where(ReferralEvent.referral_id == referral_id)
        .order_by(ReferralEvent.id)
    )
    return [(State(state), at, by) for state, at, by in rows]


# --- changing ----------------------------------------------------------------------------------------------------


def propose(
    connection: Connection,
    programme_id: int,
    wanted: Mapping[int, str],
    answer_by: datetime,
    now: datetime,
    by: int | None = None,
) -> list[Referral]:
    """Offer a programme to families: family id → code of the achievement it is for. Returns the referrals made.

    A family that is on its way through this programme already gets no second offer. No place is held by an offer.
    """
    if not wanted:
        return []
    statement = insert(ReferralRow).values(
        [
            {
                "programme_id": programme_id,
                "family_id": family_id,
                "achievement": achievement,
                "state": State.OFFERED,
                "proposed_by": by,
                "proposed_at": now,
                "answer_by": answer_by,
                "changed_at": now,
            }
            for family_id, achievement in sorted(wanted.items())
        ]
    )
    made = connection.execute(statement.on_conflict_do_nothing().returning(*_COLUMNS))
    found = sorted((read(row) for row in made), key=lambda referral: referral.id)
    _note(connection, [referral.id for referral in found], State.OFFERED, now, by)
    return found


def accept(connection: Connection, referral_id: int, now: datetime) -> Moved | None:
    """The family says yes: it gets a place, or waits if none is left. None if there is no such referral.

    After the answer was due, or after a no, a yes still counts while the programme takes families.
    """
    found = _locked(connection, referral_id)
    if found is None:
        return None
    referral, programme = found
    if referral.state is State.CALLED:
        return _taking(connection, referral, programme, now)
    if referral.state not in RETURNING | {State.OFFERED} or not programme.takes(now.astimezone(BOGOTA).date()):
        return Moved(referral, programme, changed=False)
    if referral.state in RETURNING and _has_another(connection, referral):
        return Moved(referral, programme, changed=False)
    if programme.left > 0:
        _hold(connection, programme.id, 1)
        return _taking(connection, referral, replace(programme, taken=programme.taken + 1), now)
    turn = connection.execute(
        update(ProgrammeRow)
        .where(ProgrammeRow.id == programme.id)
        .values(last_turn=ProgrammeRow.last_turn + 1)
        .returning(ProgrammeRow.last_turn)
    ).scalar_one()
    return Moved(_move(connection, referral, State.WAITING, now, turn=turn), programme, changed=True)


def decline(connection: Connection, referral_id: int, now: datetime) -> Moved | None:
    """The family does not want to go, or not any more: its place goes on."""
    return _leave(connection, referral_id, State.DECLINED, now)


def withdraw(connection: Connection, referral_id: int, now: datetime, by: int) -> Moved | None:
    """The staff take a referral back: its place goes on."""
    return _leave(connection, referral_id, State.WITHDRAWN, now, by)


def lapse(connection: Connection, referral_id: int, now: datetime, *, wait: bool = True) -> Moved | None:
    """An offer or call that was not answered in time ends; a place that was held goes on.

    Nothing changes before the answer is due. Without `wait` None also if somebody holds the programme just now.
    """
    found = _locked(connection, referral_id, wait=wait)
    if found is None:
        return None
    referral, programme = found
    if referral.state not in ANSWERABLE or now < referral.answer_by:
        return Moved(referral, programme, changed=False)
    return _end(connection, referral, programme, State.LAPSED, now)


def attended(connection: Connection, referral_id: int, now: datetime, by: int) -> bool:
    """The entity or the gestor notes that the family was there. False if it was not expected."""
    found = _locked(connection, referral_id)
    if found is None or found[0].state is not State.ACCEPTED:
        return False
    _move(connection, found[0], State.ATTENDED, now, by=by)
    return True


def told(connection: Connection, referral_id: int, served: bool, now: datetime, by: int | None = None) -> bool:
    """The family (or the gestor for it) tells whether it was served. False if that is not open any more."""
    found = _locked(connection, referral_id)
    if found is None or found[0].state not in GOING:
        return False
    _move(connection, found[0], State.SERVED if served else State.NOT_SERVED, now, by=by)
    return True


def give_up(connection: Connection, referral_id: int, now: datetime) -> bool:
    """Nobody told what came of a referral, and it is asked no more.

    False if somebody holds the programme just now, or it has been told meanwhile.
    """
    found = _locked(connection, referral_id, wait=False)
    if found is None or found[0].state not in GOING:
        return False
    _move(connection, found[0], State.UNKNOWN, now)
    return True


def call_waiting(connection: Connection, programme: Programme, now: datetime) -> tuple[Referral, ...]:
    """Call those who wait to the places that are free, in their order. The programme is locked and as it is now."""
    if programme.left <= 0 or not programme.takes(now.astimezone(BOGOTA).date()):
        return ()
    first = (
        select(ReferralRow.id)
        .where(ReferralRow.programme_id == programme.id, ReferralRow.state == State.WAITING)
        .order_by(ReferralRow.turn)
        .limit(programme.left)
    )
    answer_by = programme.answer_by(now)
    rows = connection.execute(
        update(ReferralRow)
        .where(ReferralRow.id.in_(first))
        .values(state=State.CALLED, answer_by=answer_by, changed_at=now)
        .returning(*_COLUMNS)
    )
    called = tuple(sorted(map(read, rows), key=lambda referral: referral.turn or 0))
    if called:
        _hold(connection, programme.id, len(called))
        _note(connection, [referral.id for referral in called], State.CALLED, now, None)
    return called


def reschedule(connection: Connection, programme: Programme) -> list[Referral]:
    """Put the date of a locked programme on the referrals that are to go there; returns those whose date moved."""
    due = programme.due(None)
    changed = (
        update(ReferralRow)
        .where(
            ReferralRow.programme_id == programme.id,
            ReferralRow.state.in_(GOING),
            ReferralRow.due_at.is_distinct_from(due),
        )
        .values(due_at=due)
        .returning(*_COLUMNS)
    )
    return [] if due is None else sorted(map(read, connection.execute(changed)), key=lambda referral: referral.id)


def _locked(connection: Connection, referral_id: int, *, wait: bool = True) -> tuple[Referral, Programme] | None:
    """A referral and its programme, which stand still until the transaction ends."""
    programme_id = connection.scalar(select(ReferralRow.programme_id).where(ReferralRow.id == referral_id))
    programme = None if programme_id is None else programmes.lock(connection, programme_id, wait=wait)
    referral = None if programme is None else get(connection, referral_id)
    return None if programme is None or referral is None else (referral, programme)


def _taking(connection: Connection, referral: Referral, programme: Programme, now: datetime) -> Moved:
    """A place that is held becomes the family's."""
    accepted = _move(connection, referral, State.ACCEPTED, now, turn=None, due_at=programme.due(now))
    return Moved(accepted, programme, changed=True)


def _leave(
    connection: Connection, referral_id: int, state: State, now: datetime, by: int | None = None
) -> Moved | None:
    found = _locked(connection, referral_id)
    if found is None:
        return None
    referral, programme = found
    if referral.state not in OPEN:
        return Moved(referral, programme, changed=False)
    return _end(connection, referral, programme, state, now, by)


def _end(
    connection: Connection, referral: Referral, programme: Programme, state: State, now: datetime, by: int | None = None
) -> Moved:
    """End a referral on its way; the place it held goes on."""
    if referral.state in HOLDING:
        _hold(connection, programme.id, -1)
        programme = replace(programme, taken=programme.taken - 1)
    ended = _move(connection, referral, state, now, by=by, turn=None, due_at=None)
    return Moved(ended, programme, changed=True, called=call_waiting(connection, programme, now))


def _hold(connection: Connection, programme_id: int, places: int) -> None:
    """Count places as held, or as free again. The database refuses more than there are."""
    connection.execute(
        update(ProgrammeRow).where(ProgrammeRow.id == programme_id).values(taken=ProgrammeRow.taken + places)
    )


def _has_another(connection: Connection, referral: Referral) -> bool:
    others = of_families(connection, [referral.family_id])
    return any(other.programme_id == referral.programme_id for other in others)


def _move(
    connection: Connection, referral: Referral, state: State, now: datetime, by: int | None = None, **values: Any
) -> Referral:
    row = connection.execute(
        update(ReferralRow)
        .where(ReferralRow.id == referral.id)
        .values(state=state, changed_at=now, **values)
        .returning(*_COLUMNS)
    ).one()
    _note(connection, [referral.id], state, now, by)
    return read(row)


def _note(connection: Connection, referral_ids: Iterable[int], state: State, now: datetime, by: int | None) -> None:
    rows = [{"referral_id": referral_id, "state": state, "at": now, "by": by} for referral_id in referral_ids]
    if rows:
        connection.execute(insert(ReferralEvent), rows)
