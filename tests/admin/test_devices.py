"""Browsers by what they say they are."""

import pytest
from flask import Flask

from admin import devices

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/141.0.0.0 Mobile Safari/537.36", "Chrome en Android"),
        (
            f"Mozilla/5.0 (Linux; Android 9; K) {WEBKIT} SamsungBrowser/16.0 Chrome/92",
            "Samsung Internet en Android",
        ),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/141.0 Safari/537.36 Edg/141.0", "Edge en Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox en Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) Version/18 Safari/604",
            "Safari en iPhone",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605 Version/18 Safari/605", "Safari en Mac"),
        ("curl/8.5.0 (Linux)", "Linux"),
        ("", "otro navegador"),
    ],
)
def test_a_browser_is_called_by_its_name(app: Flask, agent: str, words: str) -> None:
    with app.test_request_context("/?lang=es"):
        assert devices.words(agent) == words
