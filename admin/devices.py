"""A browser and its system in words, out of what it says of itself (its user agent)."""

from collections.abc import Sequence
from typing import Final

from admin.language import gettext

# In this order: each also claims to be those after it.
BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("UCBrowser/", "UC Browser"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


def words(agent: str) -> str:
    """«Chrome en Android»; what is known of it, or that nothing is."""
    browser, system = _named(agent, BROWSERS), _named(agent, SYSTEMS)
    if browser and system:
        return gettext("%(browser)s en %(system)s") % {"browser": browser, "system": system}
    return browser or system or gettext("otro navegador")


def _named(agent: str, known: Sequence[tuple[str, str]]) -> str:
    return next((name for mark, name in known if mark in agent), "")
