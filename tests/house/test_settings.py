"""What a process makes of its environment."""

import base64

import pytest

from settings import Settings, SettingsError

SECRET = "a secret long enough to be one, they say"
GOOD = {
    "DATABASE_URL": "postgresql://libreta:hush@db.example:5432/libreta",
    "REDIS_URL": "redis://:hush@cache.example:6379/0",
    "SECRET_KEY": SECRET,
}
TWILIO = {"TWILIO_ACCOUNT_SID": "AC123", "TWILIO_AUTH_TOKEN": "hush", "TWILIO_SMS_FROM": "+5789"}


def test_three_settings_are_enough() -> None:
    settings = Settings.read(GOOD)
    assert settings.database_url == "postgresql+psycopg://libreta:hush@db.example:5432/libreta"
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.twilio is None


def test_all_settings() -> None:
    settings = Settings.read(
        GOOD
        | TWILIO
        | {
            "PORT": "9001",
            "HOST": "0.0.0.0",
            "PUBLIC_URL": "https://libreta.example/base/",
            "DATA_KEY": base64.b64encode(bytes(64)).decode(),
            "TWILIO_API_URL": "http://127.0.0.1:9999/",
            "TWILIO_WHATSAPP_FROM": "whatsapp:+5790",
        }
    )
    assert (settings.host, settings.port) == ("0.0.0.0", 9001)
    assert settings.public_url == "https://libreta.example/base"
    assert settings.data_key == bytes(64)
    assert settings.twilio is not None
    assert settings.twilio.api_url == "http://127.0.0.1:9999"
    assert settings.twilio.whatsapp_from == "whatsapp:+5790"


@pytest.mark.parametrize(
    ("env", "line"),
    [
        pytest.param({"DATABASE_URL": ""}, "DATABASE_URL is not set", id="no database"),
        pytest.param({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL must look like", id="not PostgreSQL"),
        pytest.param({"DATABASE_URL": "localhost"}, "DATABASE_URL must look like", id="no address"),
        pytest.param({"REDIS_URL": ""}, "REDIS_URL is not set", id="no Redis"),
        pytest.param({"REDIS_URL": "cache:6379"}, "REDIS_URL must be an address", id="Redis with no scheme"),
        pytest.param({"SECRET_KEY": ""}, "SECRET_KEY is not set", id="no secret"),
        pytest.param({"SECRET_KEY": "short"}, "SECRET_KEY must have at least 12", id="a short secret"),
        pytest.param({"DATA_KEY": "c2hvcnQ="}, "DATA_KEY must be 64 bytes", id="a short key"),
        pytest.param({"DATA_KEY": "ñ"}, "DATA_KEY must be 64 bytes", id="a key that is not base64"),
        pytest.param({"PORT": "0"}, "PORT must be a whole number", id="port 0"),
        pytest.param({"PORT": "²"}, "PORT must be a whole number", id="a port of odd digits"),
        pytest.param({"PUBLIC_URL": "libreta.example"}, "PUBLIC_URL must be an address", id="no scheme"),
        pytest.param({"PUBLIC_URL": "https://x:port/"}, "PUBLIC_URL must be an address", id="odd port"),
        pytest.param(TWILIO | {"TWILIO_AUTH_TOKEN": ""}, "half set: TWILIO_AUTH_TOKEN missing", id="no token"),
        pytest.param(
            TWILIO | {"TWILIO_SMS_FROM": " "}, "TWILIO_SMS_FROM or TWILIO_MESSAGING", id="Twilio with no sender"
        ),
        pytest.param(TWILIO | {"TWILIO_API_URL": "twilio"}, "TWILIO_API_URL must be", id="odd Twilio address"),
    ],
)
def test_a_wrong_setting_is_named_without_its_value(env: dict[str, str], line: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.read(GOOD | env)
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "hush" not in str(caught.value)


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(SettingsError, match=r"SECRET_KEY.*DATABASE_URL.*REDIS_URL"):
        Settings.read({})


def test_no_secret_is_printed() -> None:
    shown = repr(Settings.read(GOOD | TWILIO))
    assert "hush" not in shown
    assert SECRET not in shown
    assert "data_key" not in shown


def test_the_data_key_follows_from_the_secret_where_it_is_not_set() -> None:
    assert Settings.read(GOOD).data_key == Settings.read(GOOD).data_key
    assert Settings.read(GOOD).data_key != Settings.read(GOOD | {"SECRET_KEY": SECRET + "!"}).data_key
