"""Who may see and use a filter, and with it a campaign: whoever works in all the territories that it covers."""

from bot.campaigns.filters import Filter
from families import scope
from families.staff import Role, Staff


def may_use(person: Staff, filter: Filter) -> bool:
    """Whether it lies wholly where the person works, and asks nothing that only the national coordination may ask."""
    if filter.guarded and person.role is not Role.NATIONAL:
        return False
    return all(scope.covers(person, territory) for territory in filter.territories)
