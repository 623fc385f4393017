"""Whom a campaign is for, as the coordination describes it. Pure: `audience` makes a query of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Self

STAGES: Final = ("active", "welcomed")
"""Signed and accompanied, or welcomed and not signed yet."""
ZONES: Final = ("urban", "rural")
CHANNELS: Final = ("sms", "whatsapp")
COMPOSITIONS: Final = ("children_under_6", "children_6_to_17", "people_60_plus", "rural_producers", "displaced")
"""Named as in the catalogue of achievements (`families.applicability`). Who is pregnant or lives with a disability is
not offered: it is kept for what the programme owes them, and a campaign's count would be a figure of it.
"""
GUARDED: Final = frozenset({"displaced"})
"""What nobody but the national coordination may choose by: the most dangerous fact one can reveal about a person."""
LONGEST_MONTHS: Final = 120
LONGEST_DAYS: Final = 60


class FilterError(ValueError):
    """A filter that cannot be used. `code` says why, as the pages know it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Filter:
    """Families of whom all that is given here is true; what is empty is not asked.

    `territories` are territory codes, any of which will do. `months_from` and `months_to` are whole months since the
    family signed, both included. `unanswered_wave` keeps those invited to a wave who have not begun to answer,
    `session_within` those with a session within so many days, `achievement` those to whom it is still to come.
    """

    territories: tuple[str, ...] = ("",)
    zone: str = ""
    stage: str = "active"
    months_from: int | None = None
    months_to: int | None = None
    gestor_id: int | None = None
    composition: str = ""
    unanswered_wave: int | None = None
    session_within: int | None = None
    achievement: str = ""
    language: str = ""
    channel: str = ""

    def __post_init__(self) -> None:
        """Raises FilterError."""
        if not self.territories or not all(_is_territory(code) for code in self.territories):
            raise FilterError("territory")
        for value, allowed, code in (
            (self.zone, ("", *ZONES), "zone"),
            (self.stage, STAGES, "stage"),
            (self.composition, ("", *COMPOSITIONS), "composition"),
            (self.channel, ("", *CHANNELS), "channel"),
        ):
            if value not in allowed:
                raise FilterError(code)
        months = [month for month in (self.months_from, self.months_to) if month is not None]
        if months != sorted(months) or not all(0 <= month <= LONGEST_MONTHS for month in months):
            raise FilterError("months")
        if self.session_within is not None and not 0 <= self.session_within <= LONGEST_DAYS:
            raise FilterError("session_within")

    @property
    def territorial(self) -> bool:
        """Whether it says nothing but where: the only filter that may go with an anonymous wave, because who of a few
        families has not answered is as good as a name.
        """
        return self == Filter(self.territories, unanswered_wave=self.unanswered_wave)

    @property
    def guarded(self) -> bool:
        """Whether only the national coordination may use it."""
        return self.composition in GUARDED

    def to_json(self) -> dict[str, Any]:
        """A form that JSON can hold, without what is not asked."""
        asked = asdict(self)
        return {field.name: asked[field.name] for field in fields(self) if asked[field.name] != field.default}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The reverse of `to_json`. Raises FilterError."""
        return cls(**{**data, "territories": tuple(data.get("territories", ("",)))})


def _is_territory(code: str) -> bool:
    return code == "" or (len(code) in (2, 5) and code.isascii() and code.isdigit())
