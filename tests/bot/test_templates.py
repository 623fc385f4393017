"""Our WhatsApp templates: every text they name is there, in the form that WhatsApp approves."""

import re
from string import Formatter

import pytest

from bot import templates
from bot.catalogue import Catalogue
from bot.dialogues.referral import ASKED
from messaging.content import TITLE_MAX
from messaging.providers.template import Template

TEXTS = Catalogue.read()
LISTED = list(templates.listed().values())
READY = list(templates.templates(TEXTS))


@pytest.mark.parametrize("entry", [pytest.param(entry, id=entry.key) for entry in LISTED])
def test_the_places_of_the_text_are_those_of_the_template(entry: templates.Listed) -> None:
    for language in TEXTS.languages:
        places = {name for _, name, _, _ in Formatter().parse(TEXTS.text(entry.said, language)) if name}
        assert places == set(entry.values)
        assert all(0 < len(TEXTS.text(option, language)) <= TITLE_MAX for option in entry.options)


@pytest.mark.parametrize("template", [pytest.param(template, id=template.name) for template in READY])
def test_whatsapp_takes_it(template: Template) -> None:
    """Small letters, digits and _; up to 1,024 characters; no variable at either end, and an example for each."""
    assert re.fullmatch("[a-z0-9_]{1,512}", template.name)
    assert len(template.body) <= 1024
    assert not template.body.startswith("{{")
    assert not template.body.endswith("}}")
    variables = {*re.findall(r"\{\{(\d+)\}\}", template.body)}
    taps = {str(len(variables) + number) for number in range(1, len(template.buttons) + 1)}
    assert variables | taps == set(template.examples)


def test_a_template_is_used_only_once_it_is_approved_and_in_its_language() -> None:
    values = {"text": "Hay\nbrigada   hoy."}
    assert templates.templated("campaign.announcement", "es", values, {"campaign_announcement_en"}) is None
    said = templates.templated("campaign.announcement", "es", values, {"campaign_announcement_es"})
    assert said is not None
    assert said.variables == {"1": "Hay brigada hoy."}, "WhatsApp takes no line breaks there"
    visits = {"visits": "jueves 3, 9:00 am, en su casa\nviernes 4, 2:00 pm, salón"}
    two = templates.templated("session.cancelled", "es", visits, {"session_cancelled_es"})
    assert two is not None
    assert two.variables == {"1": "jueves 3, 9:00 am, en su casa; viernes 4, 2:00 pm, salón"}


def test_what_is_no_template_is_none() -> None:
    assert templates.templated("menu.title", "es", {}, {"menu_title_es"}) is None


def test_the_first_options_of_an_offer_are_its_buttons() -> None:
    values = dict.fromkeys(("entity", "programme", "when", "address", "bring", "answer_by"), "x")
    taps = [f"referral:7:{choice}" for choice in ASKED["offer"]]
    said = templates.templated("referral.offer", "es", values, {"referral_offer_es"}, taps)
    assert said is not None
    assert [said.variables[str(place)] for place in (7, 8, 9)] == taps[:3]
