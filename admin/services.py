"""What the pages need from the rest of the service; `startup.py` builds it once."""

from datetime import date
from typing import Protocol, cast

from flask import current_app

from admin.charts import Gallery
from admin.language import local_day
from bell import Bell
from bot.catalogue import Catalogue
from bot.turn import Turn
from db import Database
from encryption import Cipher
from settings import Settings

EXTENSION = "libreta"
GALLERY = "libreta.charts"


class Services(Protocol):
    """The wired service, as the pages see it."""

    @property
    def database(self) -> Database: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def cipher(self) -> Cipher: ...
    @property
    def turn(self) -> Turn: ...
    @property
    def bell(self) -> Bell: ...
    @property
    def texts(self) -> Catalogue: ...
    @property
    def code_key(self) -> bytes: ...


def services() -> Services:
    """The services of the application that answers the current request."""
    return cast(Services, current_app.extensions[EXTENSION])


def today() -> date:
    """The day it is in Colombia, by the clock that all processes share."""
    return local_day(services().database.now())


def gallery() -> Gallery:
    """The charts drawn so far, as the application that answers the current request knows them."""
    return cast(Gallery, current_app.extensions[GALLERY])
