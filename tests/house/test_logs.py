import json

import pytest
import structlog

import logs

SECRET = "+573105550001 escribió: me pegan"


def test_an_exception_is_told_by_its_kind_and_place_only(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    try:
        try:
            int(SECRET)
        except ValueError as error:
            raise LookupError(f"no answer in {SECRET}") from error
    except LookupError:
        structlog.get_logger().exception("turn failed", inbound="SM1")
    line = capsys.readouterr().err
    told = json.loads(line)
    assert SECRET not in line
    assert told["error"] == ["builtins.LookupError", "builtins.ValueError"]
    assert "test_logs.py" in told["at"][-1]
    assert (told["event"], told["inbound"]) == ("turn failed", "SM1")
