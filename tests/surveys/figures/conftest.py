"""Waves and families to answer in them, as the tests of the data have them."""

from tests.surveys.data.conftest import form_version, libreta, open_wave

__all__ = ["form_version", "libreta", "open_wave"]
