"""Referrals as families live them: offered, accepted, waited for, reminded of, and told of in secret."""

import pytest
from datetime import timedelta

from bot import referral_changes, referral_offers
from families import programmes
from messaging.address import Channel
from messaging.encoding import segments
from tests.bot.conftest import Village
from tests.bot.referrals import APPOINTMENT, COURSE, gestor, leave, offer, programme, sound, state, until


def test_an_offer_is_accepted_by_its_number(village: Village) -> None:
    (made,) = offer(village, programme(village, 1), 1)
    reply = village.phone(1).texts("1")
    assert "tiene cupo en Curso de cocina" in reply
    assert state(village, made) == "accepted"
    print(reply)
