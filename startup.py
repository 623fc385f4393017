"""Wires the service once per process: settings, database, Redis, catalogue. Everything else is given these."""

import hashlib
import hmac
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from flask import Flask

import admin
import logs
from admin.services import EXTENSION
from bell import PATIENCE, Bell, connect
from bot.campaigns.household_cap import HouseholdCap
from bot.catalogue import Catalogue
from bot.desk import Office
from bot.turn import Turn
from db import Database
from encryption import Cipher
from local import read_settings
from messaging.providers.registry import Usable
from settings import Settings

if TYPE_CHECKING:
    from messaging.dispatch import Dispatcher


logs.configure()


class Services:
    """The wired service. Each part is made when first used, so that a command needs no more than it uses."""

    @cached_property
    def settings(self) -> Settings:
        """The settings of this process. Ends the process with one clear line if they cannot be used."""
        return read_settings()

    @cached_property
    def database(self) -> Database:
        return Database(self.settings.database_url, pool_size=self.settings.web_threads)

    @cached_property
    def cipher(self) -> Cipher:
        return Cipher(self.settings.data_key)

    @cached_property
    def bell(self) -> Bell:
        return Bell(self.settings.redis_url)

    @cached_property
    def texts(self) -> Catalogue:
        return Catalogue.read()

    @cached_property
    def office(self) -> Office:
        """What writing to people takes."""
        return Office(self.cipher, self.texts)

    @cached_property
    def code_key(self) -> bytes:
        """What one-time codes are hashed with."""
        return hmac.digest(self.settings.data_key, b"one-time codes", hashlib.sha256)

    @cached_property
    def turn(self) -> Turn:
        return Turn(
            database=self.database,
            cipher=self.cipher,
            texts=self.texts,
            bell=self.bell,
            public_url=self.settings.public_url,
            code_key=self.code_key,
            rich=any(name.startswith("buttons") for name in self.contents),
        )

    @cached_property
    def contents(self) -> Mapping[str, str]:
        """ContentSid of what is registered at the provider, by name; empty without an account."""
        if self.settings.twilio is None:
            return {}
        return Usable(self.database)

    @cached_property
    def dispatcher(self) -> "Dispatcher":
        """Sends what waits in the outbox. Without a Twilio account only demo contacts are written to."""
        # Only workers that send need the provider's client, which takes a second of all others' start.
        from messaging.address import Channel
        from messaging.bucket import Bucket
        from messaging.dispatch import Dispatcher, Sender
        from messaging.outbox import Route
        from messaging.providers.simulator import Simulator
        from messaging.providers.twilio import TwilioTransport

        senders = {Route.DEMO: Sender(Simulator())}
        if (twilio := self.settings.twilio) is not None:
            redis = connect(self.settings.redis_url, timeout=PATIENCE)
            for channel, rate, sender in (
                (Channel.SMS, twilio.sms_rate, twilio.messaging_service_sid or twilio.sms_from),
                (Channel.WHATSAPP, twilio.whatsapp_rate, twilio.whatsapp_from),
            ):
                if sender:
                    transport = TwilioTransport(twilio, channel, self.contents)
                    bucket = Bucket(redis, sender, rate)
                    senders[Route(channel)] = Sender(transport, bucket, self.contents)
        cap = HouseholdCap(self.database.now)
        return Dispatcher(self.database, self.cipher, senders, self.turn.status_url, caps=cap)


def create_app(services: Services | None = None) -> Flask:
    """The web application: pages and webhooks."""
    app = Flask("libreta", static_folder=None)
    admin.register(app, services or Services())
    return app


def create_commands(services: Services | None = None) -> Flask:
    """The commands alone, of which some need neither settings nor servers."""
    from admin import commands  # no web process needs what they import

    app = Flask("libreta", static_folder=None)
    app.extensions[EXTENSION] = services or Services()
    commands.register(app)
    return app
