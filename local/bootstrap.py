"""Makes `.venv/`, brings it up to date, and goes on as its Python. Needs Python ≥ 3.11 and nothing else.

Asked for by `bin/python`. `LIBRETA_REQUIREMENTS` names the list to install (default requirements.txt).
"""

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed"
LISTS = ("requirements.txt", "requirements-dev.txt")  # each holds what the one before it does


def main() -> None:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    try:
        prepare(LISTS.index(os.environ.get("LIBRETA_REQUIREMENTS", LISTS[0])))
    except KeyboardInterrupt:
        sys.exit(130)
    os.execv(PYTHON, [str(PYTHON), *sys.argv[1:]])


def prepare(wanted: int) -> None:
    """Install the list of that number unless it is installed as it stands."""
    if not was_made_here():
        make_venv()
    marks = [hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in LISTS[: wanted + 1]]
    installed = STAMP.read_text("utf-8").splitlines() if STAMP.exists() else []
    if installed[: len(marks)] == marks:
        return
    print("Installing the packages (a minute or two the first time) ...", file=sys.stderr, flush=True)
    STAMP.unlink(missing_ok=True)
    pip: list[str | Path] = [PYTHON, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    if run([*pip, "-r", ROOT / LISTS[wanted]]):
        sys.exit("The packages could not be installed: see above.")
    STAMP.write_text("\n".join(marks), "utf-8")


def was_made_here() -> bool:
    """Whether the environment is there, and in the place it was made for: its programs name that place."""
    try:
        lines = (VENV / "pyvenv.cfg").read_text("utf-8").splitlines()
    except FileNotFoundError:
        return False
    made_by = [line for line in lines if line.startswith("command = ")]
    return PYTHON.exists() and all(line.endswith(str(VENV)) for line in made_by)


def make_venv() -> None:
    """Make the environment, with this Python, in the place of one that was moved or broken off."""
    if run([sys.executable, "-m", "venv", "--clear", VENV]):
        sys.exit(f"{sys.executable} cannot make an environment: on Debian, install the package python3-venv.")


def run(command: list[str | Path]) -> int:
    """Run a command in a process group of its own, which ends with us."""
    process = subprocess.Popen([str(word) for word in command], stdout=sys.stderr, start_new_session=True)
    try:
        return process.wait()
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


if __name__ == "__main__":
    main()
