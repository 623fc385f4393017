"""The audit of packages: weaknesses fail the check, silence does not."""

import os
import subprocess
import sys

import pytest

from local.advisories import findings
from local.keeper import ROOT

WEAK = '{"dependencies": [{"name": "a", "version": "1.0", "vulns": [{"id": "CVE-1", "fix_versions": ["1.1", "2.0"]}]}]}'


@pytest.mark.parametrize(
    ("told", "lines"),
    [
        pytest.param(WEAK, ["a 1.0: CVE-1, mended in 1.1, 2.0"], id="a weakness"),
        pytest.param('{"dependencies": [{"name": "a", "version": "1.0", "vulns": []}]}', [], id="none"),
        pytest.param('{"dependencies": [{"name": "a", "skip_reason": "not on PyPI"}]}', [], id="left out"),
        pytest.param("", None, id="silence"),
        pytest.param("ERROR: connection refused", None, id="an error"),
    ],
)
def test_what_the_service_told(told: str, lines: list[str] | None) -> None:
    assert findings(told) == lines


def test_without_the_service_the_check_says_so_and_goes_on() -> None:
    nowhere = {**os.environ, **dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY"), "http://127.0.0.1:9")}
    command = [sys.executable, "-m", "local.advisories"]
    done = subprocess.run(command, env=nowhere, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "not reached" in done.stdout
    assert len(done.stdout.splitlines()) == 1
