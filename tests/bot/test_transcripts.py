"""Whole conversations, as a family has them: replayed and compared word by word.

A transcript is a header (form, channel, language, preset values, date), then what the family does and what it is told:

    > sí                          writes
    > [taps Bueno]                taps an option of the last message that has it; `[taps Bueno in 2]`: of the second
    > [place 4.6 -74.08]          sends a place
    > [picture https://…/1.jpg]   sends a picture
    (2 days later)                time passes

On WhatsApp buttons and lists stand below the text. A reply of more than one SMS says so. The answers that are stored
stand at the end. With REWRITE_TRANSCRIPTS=1 the files are written again: read what changed as the family would.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.catalogue import Catalogue
from bot.dialogues.machine import Heard
from bot.trial import Trial
from bot.turn import BOGOTA
from messaging.address import Channel
from messaging.content import BUTTONS_MAX, Content
from messaging.encoding import segments
from tests.forms import form

FOLDER = Path(__file__).parent / "transcripts"
REWRITE = "REWRITE_TRANSCRIPTS" in os.environ
TEXTS = Catalogue.read()

TAP = re.compile(r"\[taps (?P<title>.+?)(?: in (?P<reply>\d+))?\]")
PLACE = re.compile(r"\[place (?P<latitude>\S+) (?P<longitude>\S+)\]")
PICTURE = re.compile(r"\[picture (?P<url>\S+)\]")
LATER = re.compile(r"\((?P<count>\d+) (?P<unit>minute|hour|day)s? later\)")
UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}


@dataclass
class Transcript:
    """A transcript being replayed: its header, and all replies so far."""

    header: dict[str, str]
    replies: list[Content] = field(default_factory=list)

    def replay(self, lines: list[str]) -> Iterator[str]:
        """The transcript as it is today, line by line."""
        for name, value in self.header.items():
            yield f"{name}: {value}"
        trial = self._trial()
        yield ""
        yield from self._told(trial.begin().said)
        for line in lines:
            if later := LATER.fullmatch(line):
                trial.now += int(later["count"]) * UNITS[later["unit"]]
                yield from ("", line)
            elif line == ">" or line.startswith("> "):
                yield from ("", line)
                yield from self._told(trial.send(self._heard(line.removeprefix(">").removeprefix(" "))).said)
        yield ""
        yield f"--- stored, {'finished' if trial.finished else 'not finished'}"
        yield from (f"{name} = {value}" for name, value in trial.answers.items())

    def _trial(self) -> Trial:
        asked = form(self.header["form"])
        preset = (pair.partition("=") for pair in self.header.get("preset", "").split())
        return Trial(
            form=asked,
            texts=TEXTS,
            channel=Channel(self.header["channel"]),
            language=self.header.get("language", asked.default_language),
            now=datetime.fromisoformat(self.header["date"]).replace(tzinfo=BOGOTA),
            preset={name: value for name, _, value in preset},
        )

    def _told(self, said: Content) -> Iterator[str]:
        self.replies.append(said)
        yield from (said.prompt or said.text).splitlines()
        if said.options:
            shape = "buttons" if len(said.options) <= BUTTONS_MAX else "list"
            yield f"[{shape}: {' | '.join(option.title for option in said.options)}]"
        parts = segments(said.text).count
        if self.header["channel"] == "sms" and parts > 1:
            yield f"                                                ({parts} SMS)"

    def _heard(self, line: str) -> Heard:
        if tap := TAP.fullmatch(line):
            replies = [self.replies[int(tap["reply"]) - 1]] if tap["reply"] else reversed(self.replies)
            offered = (option for reply in replies for option in reply.options)
            tapped = [option.id for option in offered if option.title == tap["title"]]
            assert tapped, f"nothing to tap: {line}"
            return Heard(tap["title"], tapped=tapped[0])
        if place := PLACE.fullmatch(line):
            return Heard("", location=(float(place["latitude"]), float(place["longitude"])))
        if picture := PICTURE.fullmatch(line):
            return Heard("", media=(picture["url"],))
        return Heard(line)


def read(path: Path) -> tuple[dict[str, str], list[str]]:
    """The header of a transcript and its other lines."""
    header, _, rest = path.read_text("utf-8").partition("\n\n")
    return dict(line.split(": ", 1) for line in header.splitlines()), rest.splitlines()


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
def test_conversation(path: Path) -> None:
    header, lines = read(path)
    today = "\n".join(Transcript(header).replay(lines)) + "\n"
    if REWRITE:
        path.write_text(today, "utf-8")
    assert today == path.read_text("utf-8")
