"""Yearly plans of the demo: of each municipality one is approved and one waits for the coordination."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, select

from bot.demo_data import data
from families import scope, staff, yearly_plans
from families.deadlines import BOGOTA
from families.staff import Role, Staff, StaffMember
from families.yearly_plans import Status


def load(connection: Connection, teams: Iterable[Sequence[int]], now: datetime) -> None:
    """Give the first gestor of each team an approved plan of this year; the second has sent that of the next."""
    plans, year = data("yearly_plans"), now.astimezone(BOGOTA).year
    approved, sent = plans["approved"], plans["sent"]
    written = datetime.combine(date(year - 1, 12, 5), time(10), BOGOTA)
    for first, second in ((team[0], team[1]) for team in teams):
        gestor = _staff(connection, first)
        goals, quarters = approved["goals"], approved["quarters"]
        made = yearly_plans.write(connection, gestor, year, goals, quarters, written, send=True)
        coordinator = _coordinator(connection, gestor)
        answered = written + timedelta(days=4)
        yearly_plans.decide(connection, made, Status.APPROVED, approved["note"], answered, coordinator)
        other, lately = _staff(connection, second), now - timedelta(days=2)
        yearly_plans.write(connection, other, year + 1, sent["goals"], sent["quarters"], lately, send=True)


def _coordinator(connection: Connection, gestor: Staff) -> int:
    """Who coordinates where a gestor works."""
    ids = connection.scalars(select(StaffMember.id).where(StaffMember.role == Role.ZONAL).order_by(StaffMember.id))
    people = [_staff(connection, one) for one in ids]
    return next(one.id for one in people if scope.covers(one, gestor.territories[0]))


def _staff(connection: Connection, staff_id: int) -> Staff:
    found = staff.get(connection, staff_id)
    assert found is not None
    return found
