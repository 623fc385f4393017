"""From scheduling to «otro día» to the new time, as the family and the gestora live it: compared word by word.

With REWRITE_TRANSCRIPTS=1 the files are written again: read what changed as the family would.
"""

import os
from pathlib import Path

import pytest

from bot.turn import BOGOTA
from messaging.address import Channel
from tests.bot.conftest import Village
from tests.bot.session_stories import Calendar, at, calendar

__all__ = ["calendar"]

FOLDER = Path(__file__).parent / "session_transcripts"
REWRITE = "REWRITE_TRANSCRIPTS" in os.environ


class Story:
    """What happens, in lines: what the gestora does, what arrives, what the family writes or taps, what it is told."""

    def __init__(self, calendar: Calendar, channel: Channel) -> None:
        self.calendar = calendar
        self.phone = calendar.village.phone(1, channel)
        self.lines: list[str] = []

    def tell(self, what: str) -> None:
        self.lines += ["", f"({self._moment()}: {what})"]

    def arrives(self, day: int, hour: int, minute: int = 0, month: int = 11) -> None:
        """Time passes; what is sent meanwhile arrives."""
        for message in self.calendar.until(at(day, hour, minute, month)):
            self.lines += ["", *message[9:].splitlines()]

    def writes(self, words: str) -> None:
        self.lines += ["", f"> {words}", *self.phone.texts(words).splitlines()]

    def taps(self, title: str, payload: str) -> None:
        self.lines += ["", f"> [taps {title}]", *self.phone.texts(title, payload).splitlines()]

    def state(self, sql: str) -> None:
        self.lines.append(str(self.calendar.village.scalar(sql)))

    def _moment(self) -> str:
        return self.calendar.village.now.astimezone(BOGOTA).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize("channel", list(Channel))
def test_another_day(calendar: Calendar, village: Village, channel: Channel) -> None:
    story = Story(calendar, channel)
    story.tell("the gestora schedules a visit for Friday at nine, and opens two hours of the week after")
    session_id, _ = calendar.schedule(at(27, 9))
    calendar.open(at(1, 14, month=12))
    calendar.open(at(3, 10, month=12), place="Alcaldía")
    story.arrives(24, 9, 30)
    story.tell("the reminder of three days before has arrived")
    subject = f"{village.families[0]}-{session_id}"
    if channel is Channel.WHATSAPP:
        story.taps("Otro día", f"session:{subject}:other_day")
        slot = village.scalar("SELECT max(id) FROM session_slots")
        story.taps("jue 3 dic 10:00 am", f"session:{subject}:slot{slot}")
    else:
        story.writes("no alcanzo a ir ese día")
        story.writes("1")
        story.writes("el jueves")
        story.writes("1")
    story.tell("what the gestora sees: the visit of Friday, and the new one")
    seen = (
        "SELECT string_agg(format('%s %s %s', to_char(starts_at AT TIME ZONE 'America/Bogota', 'YYYY-MM-DD HH24:MI'),"
        " state, coalesce(reply, '-')), ' | ' ORDER BY starts_at) FROM family_sessions JOIN session_families"
        " ON session_id = family_sessions.id"
    )
    story.state(seen)
    story.arrives(1, 12, month=12)
    story.tell("an old message is answered: what holds now")
    story.taps("Voy", f"session:{subject}:going")
    story.writes("allá estoy")
    story.arrives(4, 9, month=12)
    story.state(seen)
    told = "\n".join(story.lines).lstrip() + "\n"
    path = FOLDER / f"another_day_by_{channel}.txt"
    if REWRITE:
        FOLDER.mkdir(exist_ok=True)
        path.write_text(told, "utf-8")
    assert told == path.read_text("utf-8")
