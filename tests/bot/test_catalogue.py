"""Every text in every language: complete, short enough to send, with the same words to fill in."""

import re

import pytest

from bot.catalogue import SPANISH, Catalogue
from bot.catalogue_page import too_long
from messaging.content import TITLE_MAX

TEXTS = Catalogue.read()
FILLED = re.compile(r"\{(\w+)\}")
BUTTONS = re.compile(r"^(menu|offer)\.option\.|^survey\.(acknowledge|other|confirm\.(yes|no))$|^whatsapp\.list$")

every_language = pytest.mark.parametrize("language", TEXTS.languages)


@every_language
def test_no_text_is_missing_or_left_over(language: str) -> None:
    assert set(TEXTS.texts[language]) == set(TEXTS.texts[SPANISH])


@every_language
def test_the_words_to_fill_in_are_the_same(language: str) -> None:
    for key, text in TEXTS.texts[language].items():
        assert set(FILLED.findall(text)) == set(FILLED.findall(TEXTS.texts[SPANISH][key])), key


@every_language
def test_titles_fit_a_button(language: str) -> None:
    titles = {key: text for key, text in TEXTS.texts[language].items() if BUTTONS.search(key)}
    assert titles
    assert [title for title in titles.values() if len(title) > TITLE_MAX] == []


def test_no_text_takes_more_than_two_sms() -> None:
    assert too_long(TEXTS) == []
