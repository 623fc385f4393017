"""What a process must know before it starts, read once from the environment and checked whole."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

DATA_KEY_BYTES: Final = 64  # AES-256-SIV: two keys of 256 bits
SHORTEST_SECRET: Final = 12


class SettingsError(Exception):
    """The environment cannot be used; the message is one line that names each wrong setting but no value."""


@dataclass(frozen=True, slots=True)
class TwilioSettings:
    """An account at Twilio and its senders; at least one of the two SMS senders, or WhatsApp, is set."""

    account_sid: str
    auth_token: str = field(repr=False)
    sms_from: str | None
    messaging_service_sid: str | None
    whatsapp_from: str | None
    sms_rate: int
    """Segments a second that the SMS sender may send."""
    whatsapp_rate: int
    """Messages a second that the WhatsApp sender may send."""
    api_url: str | None
    """Base URL of the REST API, where it is not Twilio's own."""


@dataclass(frozen=True, slots=True)
class Settings:
    """A complete, checked configuration."""

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    data_key: bytes = field(repr=False)
    """Key of the personal data, 64 bytes."""
    host: str
    port: int
    public_url: str
    """The address that Twilio calls and signs, without a slash at the end."""
    web_processes: int
    web_threads: int
    trusted_proxies: int
    """How many proxies of ours stand before the service and say whom they speak for; 0 believes nobody."""
    twilio: TwilioSettings | None
    """None: messages leave through the simulator only."""

    @classmethod
    def read(cls, env: Mapping[str, str]) -> Self:
        """Read and check every setting.

        Raises:
            SettingsError: names every missing or wrong setting in one line.
        """
        reader = _Reader(env)
        secret_key = reader.secret_key()
        port = reader.whole("PORT", 8000, 1, 65_535)
        settings = cls(
            database_url=reader.database_url(),
            redis_url=reader.url("REDIS_URL", {"redis", "rediss", "unix"}),
            secret_key=secret_key,
            data_key=reader.data_key(secret_key),
            host=reader.text("HOST") or "127.0.0.1",
            port=port,
            public_url=reader.url("PUBLIC_URL", {"http", "https"}, f"http://127.0.0.1:{port}").rstrip("/"),
            web_processes=reader.whole("WEB_PROCESSES", 2, 1, 64),
            web_threads=reader.whole("WEB_THREADS", 4, 1, 64),
            trusted_proxies=reader.whole("TRUSTED_PROXIES", 0, 0, 10),
            twilio=reader.twilio(),
        )
        if reader.problems:
            raise SettingsError("; ".join(reader.problems))
        return settings


class _Reader:
    """Reads settings one by one and remembers what is wrong, so that everything is told at once."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self.problems: list[str] = []

    def text(self, name: str) -> str | None:
        return self._env.get(name, "").strip() or None

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        value = self.text(name)
        if value is None:
            return default
        if value.isdecimal() and least <= int(value) <= most:
            return int(value)
        self.problems.append(f"{name} must be a whole number from {least} to {most}")
        return default

    def url(self, name: str, schemes: set[str], default: str | None = None) -> str:
        value = self.text(name) or default
        if value is None:
            self.problems.append(f"{name} is not set")
            return ""
        try:
            parts = urlsplit(value)
            usable = parts.scheme in schemes and bool(parts.hostname or parts.scheme == "unix")
            usable = usable and (parts.port is None or parts.port > 0)
        except ValueError:
            usable = False
        if not usable:
            self.problems.append(f"{name} must be an address that starts with {' or '.join(sorted(schemes))}")
        return value

    def database_url(self) -> str:
        """PostgreSQL's address, with the driver named as SQLAlchemy wants it."""
        value = self.text("DATABASE_URL")
        if value is None:
            self.problems.append("DATABASE_URL is not set")
            return ""
        scheme, separator, rest = value.partition("://")
        if not separator or scheme not in {"postgres", "postgresql", "postgresql+psycopg"} or "/" not in rest:
            self.problems.append("DATABASE_URL must look like postgresql://user:password@host:5432/database")
        return f"postgresql+psycopg://{rest}"

    def secret_key(self) -> str:
        value = self.text("SECRET_KEY")
        if value is None:
            self.problems.append("SECRET_KEY is not set")
        elif len(value) < SHORTEST_SECRET:
            self.problems.append(f"SECRET_KEY must have at least {SHORTEST_SECRET} characters")
        return value or ""

    def data_key(self, secret_key: str) -> bytes:
        """`DATA_KEY` in base64; unset, it follows from `SECRET_KEY`, which then must never change."""
        value = self.text("DATA_KEY")
        if value is None:
            return HKDF(SHA512(), DATA_KEY_BYTES, salt=None, info=b"personal data").derive(secret_key.encode())
        try:
            key = base64.b64decode(value, validate=True)
        except ValueError:  # binascii.Error among them
            key = b""
        if len(key) != DATA_KEY_BYTES:
            self.problems.append(f"DATA_KEY must be {DATA_KEY_BYTES} bytes in base64")
        return key

    def twilio(self) -> TwilioSettings | None:
        names = {
            name: self.text(f"TWILIO_{name}")
            for name in ("ACCOUNT_SID", "AUTH_TOKEN", "SMS_FROM", "MESSAGING_SERVICE_SID", "WHATSAPP_FROM")
        }
        if not any(names.values()):
            return None
        missing = [f"TWILIO_{name}" for name in ("ACCOUNT_SID", "AUTH_TOKEN") if not names[name]]
        if not (names["SMS_FROM"] or names["MESSAGING_SERVICE_SID"] or names["WHATSAPP_FROM"]):
            missing.append("TWILIO_SMS_FROM or TWILIO_MESSAGING_SERVICE_SID")
        if missing:
            self.problems.append(f"Twilio is half set: {', '.join(missing)} missing")
        api_url = self.text("TWILIO_API_URL")
        return TwilioSettings(
            account_sid=names["ACCOUNT_SID"] or "",
            auth_token=names["AUTH_TOKEN"] or "",
            sms_from=names["SMS_FROM"],
            messaging_service_sid=names["MESSAGING_SERVICE_SID"],
            whatsapp_from=names["WHATSAPP_FROM"],
            sms_rate=self.whole("TWILIO_SMS_RATE", 10, 1, 10_000),
            whatsapp_rate=self.whole("TWILIO_WHATSAPP_RATE", 80, 1, 10_000),
            api_url=self.url("TWILIO_API_URL", {"http", "https"}).rstrip("/") if api_url else None,
        )
