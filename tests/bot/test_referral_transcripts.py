"""From the offer to «no me atendieron, me pidieron plata» to the programme's card, as the family lives it.

With REWRITE_TRANSCRIPTS=1 the files are written again: read what changed as the family would.
"""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from bot import referral_offers
from bot.turn import BOGOTA
from families import enrolment
from messaging import contacts
from messaging.address import Channel
from surveys import folding, outcomes
from tests.bot.conftest import Phone, Village, phone_number
from tests.bot.referrals import APPOINTMENT, gestor, leave, programme, sound, until
from tests.families.households import SINCELEJO, family, register

FOLDER = Path(__file__).parent / "referral_transcripts"
REWRITE = "REWRITE_TRANSCRIPTS" in os.environ
NEIGHBOURS = 29
ANSWERS = (("sí", "4"), ("no", "me pidieron plata"), ("sí", "3"), ("no", "1"), ("no", "quedaba muy lejos"), ("sí", "5"))
"""How the neighbours were served, as they tell it."""


class Story:
    """What happens, in lines: what the gestora does, what arrives, what the family writes or taps, what it is told."""

    def __init__(self, village: Village, channel: Channel) -> None:
        self.village = village
        self.phone = village.phone(1, channel)
        self.lines: list[str] = []

    def tell(self, what: str) -> None:
        moment = self.village.now.astimezone(BOGOTA)
        self.lines += ["", f"({moment:%Y-%m-%d %H:%M}: {what})"]

    def arrives(self, *messages: str) -> None:
        for message in messages:
            self.lines += ["", *message.splitlines()]

    def writes(self, words: str) -> None:
        self.lines += ["", f"> {words}", *self.phone.texts(words).splitlines()]

    def taps(self, title: str, payload: str) -> None:
        self.lines += ["", f"> [taps {title}]", *self.phone.texts(title, payload).splitlines()]

    def shows(self, sql: str) -> None:
        self.lines.append(str(self.village.scalar(sql)))


@pytest.mark.parametrize("channel", list(Channel))
def test_asked_for_money(village: Village, channel: Channel) -> None:
    story = Story(village, channel)
    village.phone(1, channel).answers("HOLA", "2")
    programme_id = programme(village, NEIGHBOURS + 1)
    neighbours = _neighbours(village)
    story.tell("the gestora offers a course of the SENA to the family and its neighbours")
    wanted = dict.fromkeys([village.families[0], *neighbours], "IT1")
    by = gestor(village)
    with village.database.transaction() as connection:
        made = referral_offers.offer(connection, village.office, programme_id, wanted, by, village.now)
    village.later(minutes=1)
    story.arrives(leave(village)[0])
    first = next(each.id for each in made if each.family_id == village.families[0])
    if channel is Channel.WHATSAPP:
        story.taps("Más información", f"referral:{first}:more")
        story.taps("Acepto", f"referral:{first}:accept")
    else:
        story.writes("2")
        story.writes("1")
    for ordinal in range(2, 2 + NEIGHBOURS):
        _neighbour(village, ordinal).texts("acepto")
    story.arrives(*until(village, APPOINTMENT - timedelta(hours=3))[:1])
    story.writes("sí voy")
    told = until(village, APPOINTMENT + timedelta(hours=24))
    story.tell("the day after")
    story.arrives(told[0])
    story.writes("no me atendieron, me pidieron plata")
    story.writes("sí")
    story.tell("what the gestora sees")
    story.shows(f"SELECT state FROM referrals WHERE id = {first}")
    story.tell("what is kept of what the family said that day")
    story.shows("SELECT count(*) FROM inbound_messages WHERE body LIKE '%plata%'")
    story.shows("SELECT count(*) FROM messages WHERE body ILIKE '%plata%'")
    story.tell("the neighbours tell too; when the quarter is over, the programme's card")
    for place, ordinal in enumerate(range(2, 2 + NEIGHBOURS)):
        _neighbour(village, ordinal).answers(*ANSWERS[place % len(ANSWERS)])
    story.lines += _card(village)
    assert folding.verify(village.database) == []
    said = "\n".join(story.lines).lstrip() + "\n"
    path = FOLDER / f"asked_for_money_by_{channel}.txt"
    if REWRITE:
        FOLDER.mkdir(exist_ok=True)
        path.write_text(said, "utf-8")
    assert said == path.read_text("utf-8")


def _neighbours(village: Village) -> list[int]:
    """More families of the village, each with a phone."""
    with village.database.transaction() as connection:
        records = register(connection, village.cipher, *[family() for _ in range(NEIGHBOURS)])
        ids = [record.id for record in records]
        enrolment.sign(connection, ids, village.now)
        numbers = [_number(ordinal) for ordinal in range(2, 2 + NEIGHBOURS)]
        known = contacts.ensure_many(connection, village.cipher, numbers, village.now)
        village.link(connection, {one: known[number] for one, number in zip(ids, numbers, strict=True)})
    return ids


def _number(ordinal: int) -> str:
    return phone_number(ordinal).replace("+57310", "+57320")


def _neighbour(village: Village, ordinal: int) -> Phone:
    phone = village.phone(ordinal)
    phone.number = _number(ordinal)
    return phone


def _card(village: Village) -> list[str]:
    """The card of the programme when its quarter is over: who was served, why the others were not, and the grade."""
    village.now = village.now.replace(year=2027, month=1, day=1, hour=12)
    sound(village)
    village.later(days=2)
    sound(village)
    with village.database.transaction() as connection:
        found = outcomes.card(connection, "sena-curso-de-cocina", SINCELEJO)
    if found is None:
        return ["(too few answers)"]
    name, figures = found
    lines = [name]
    for indicator, figure in sorted(figures.items()):
        share = figure.share and f"{figure.share.bound}{figure.share.value} %"
        distribution = {choice: f"{part.bound}{part.value} %" for choice, part in sorted(figure.distribution.items())}
        lines.append(f"{indicator}: n={figure.n} share={share} {distribution}")
    return lines
