"""`bin/run` of a toy service: it starts, mends itself, and leaves nothing behind."""

import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.toy import Toy, end, eventually


@pytest.fixture(scope="module")
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def toy(port: int) -> Iterator[Toy]:
    """A checkout whose path has spaces, an accent and a percent sign."""
    folder = Path(tempfile.mkdtemp(prefix="libreta house "))
    folder.chmod(0o711)
    toy = Toy(folder / "año 100%", port)
    yield toy
    toy.remove()
    shutil.rmtree(folder)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything(toy: Toy, number: signal.Signals) -> None:
    run = toy.run()
    assert toy.answers()
    assert end(run, number, number) == 0
    assert toy.processes() == []


@pytest.mark.parametrize("seconds", [0.5, 1.5])
def test_a_signal_while_starting_stops_everything(toy: Toy, seconds: float) -> None:
    run = toy.start()
    eventually(lambda: False, seconds)
    assert end(run, signal.SIGTERM) in {0, -signal.SIGTERM}  # the latter before it had begun with anything
    assert toy.processes() == []


def test_what_dies_is_started_again_and_a_killed_run_is_taken_over(toy: Toy) -> None:
    first = toy.run()
    for program in ("gunicorn", "postgres", "redis-server", "supervisord"):
        victim = next(p for p in toy.processes() if program in " ".join(p.cmdline()[:3]))
        victim.kill()
        victim.wait()
        assert eventually(toy.answers), program
    end(first, signal.SIGKILL)
    second = toy.run()
    assert toy.answers()
    end(second, signal.SIGTERM)
    assert toy.processes() == []


def test_a_taken_port_is_one_clear_line(toy: Toy) -> None:
    with socket.create_server(("127.0.0.1", toy.port)):
        said, _ = toy.start().communicate(timeout=30)
    assert said.splitlines() == [
        f"libreta: cannot listen on port {toy.port} (Address already in use): set PORT to another"
    ]


def test_a_second_run_is_refused(toy: Toy) -> None:
    run = toy.run()
    said, _ = toy.start().communicate(timeout=30)
    assert said.startswith("libreta: bin/run is running already")
    assert toy.answers()
    end(run, signal.SIGTERM)


@pytest.mark.parametrize(
    ("env", "line"),
    [
        pytest.param({"PORT": "many"}, "PORT must be a whole number from 1 to 65535", id="wrong"),
        pytest.param(
            {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "hush"},
            "Twilio is half set: TWILIO_SMS_FROM or TWILIO_MESSAGING_SERVICE_SID missing",
            id="half set",
        ),
        pytest.param(
            {"DATABASE_URL": "postgresql://libreta:hush@127.0.0.1:9/libreta"},
            "PostgreSQL at 127.0.0.1:9 does not answer",
            id="nobody there",
        ),
    ],
)
def test_a_wrong_setting_is_one_clear_line(toy: Toy, env: dict[str, str], line: str) -> None:
    said, _ = toy.start(**env).communicate(timeout=30)
    assert said.splitlines()[0].startswith(f"libreta: {line}")
    assert len(said.splitlines()) == 1
    assert "hush" not in said


def test_without_demo_data(toy: Toy) -> None:
    run = toy.run("http://127.0.0.1", BIN_RUN_DEMO="0")
    run.send_signal(signal.SIGTERM)
    rest, _ = run.communicate(timeout=30)
    assert "try this" not in rest
