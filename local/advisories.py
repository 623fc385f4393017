"""Known weaknesses of the packages we use, as the advisory service tells them (pip-audit).

Fails where there are any. Where the service does not answer there is nothing to be learnt: one line says so.
"""

import json
import subprocess
import sys

from local.keeper import ROOT

PATIENCE = 180
"""Seconds."""
AUDIT = ("--format=json", "--progress-spinner=off", "--disable-pip", "--no-deps", "--timeout=10")


def main(lists: list[str]) -> int:
    """The exit status for these lists of requirements."""
    wanted = [part for name in lists for part in ("--requirement", str(name))]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pip_audit", *AUDIT, *wanted], capture_output=True, text=True, timeout=PATIENCE
        )
        told = done.stdout
    except subprocess.TimeoutExpired:
        told = ""
    lines = findings(told)
    if lines is None:
        print("The advisory service was not reached: the packages are not audited.")
        return 0
    print("\n".join(lines) or "No known weaknesses.")
    return 1 if lines else 0


def findings(told: str) -> list[str] | None:
    """A line for each weakness in what pip-audit told; None where it told nothing."""
    try:
        packages = json.loads(told)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return None
    return [
        f"{package['name']} {package['version']}: {weak['id']}, mended in {', '.join(weak['fix_versions']) or 'none'}"
        for package in packages
        for weak in package.get("vulns", ())
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or [str(ROOT / "requirements.txt")]))
