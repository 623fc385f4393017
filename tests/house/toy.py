"""A checkout with our house and a service of a few lines in it, to start and to stop as a whole."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil

from local.keeper import ROOT

FILES = {
    "wsgi.py": """
import click
from flask import Flask
from flask.cli import AppGroup
from db import Database
from local import read_settings

app = Flask("toy")
demo = AppGroup("demo")
app.cli.add_command(demo)

@demo.command()
def load():
    click.echo("demo loaded")

@demo.command()
def guide():
    click.echo("try this")

@app.get("/readyz")
def readyz():
    return ("ready", 200) if Database(read_settings().database_url).answers() else ("", 503)
""",
    "worker.py": "import time\ntime.sleep(600)\n",
    "clock.py": "import time\ntime.sleep(600)\n",
    "alembic.ini": "[alembic]\nscript_location = migrations\n",
    "migrations/env.py": "",
}


class Toy:
    """A toy checkout in a folder."""

    def __init__(self, root: Path, port: int) -> None:
        self.root = root
        self.port = port
        unset = {"DATABASE_URL", "REDIS_URL", "LIBRETA_VAR"}
        self.env = {name: value for name, value in os.environ.items() if name not in unset}
        self.env |= {"PORT": str(port), "PYTHONPATH": str(root), "WEB_PROCESSES": "1"}
        root.mkdir(parents=True)
        for name in ("settings.py", "db.py", "gunicorn.conf.py", "Procfile"):
            shutil.copy(ROOT / name, root)
        shutil.copytree(ROOT / "local", root / "local", ignore=shutil.ignore_patterns("__pycache__"))
        for name, text in FILES.items():
            path = root / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")

    def start(self, **env: str) -> subprocess.Popen[str]:
        """Begin a run, without waiting for anything."""
        return subprocess.Popen(
            [sys.executable, "-m", "local.run"],
            cwd="/",
            env={**self.env, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, until: str = "try this", **env: str) -> subprocess.Popen[str]:
        """Begin a run and wait until it has said a certain thing, its last if not told otherwise."""
        process = self.start(**env)
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if until in line:
                return process
        raise AssertionError(said)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def command(self, *words: str) -> str:
        """What a command prints."""
        done = subprocess.run(
            [sys.executable, "-m", *words], cwd="/", env=self.env, check=False, capture_output=True, text=True
        )
        return done.stdout + done.stderr

    def processes(self) -> list[psutil.Process]:
        """Every living process that has to do with this checkout."""
        homes = [str((self.root / "var" / name).resolve()) for name in ("postgres", "redis")]
        places = [str(self.root), *homes]
        return [process for process in psutil.process_iter() if mentions(process, places)]

    def remove(self) -> None:
        """Take away what lies outside the folder, too."""
        for process in self.processes():
            process.kill()
        for name in ("postgres", "redis"):
            link = self.root / "var" / name
            if link.is_symlink():
                shutil.rmtree(link.resolve())
        shutil.rmtree(self.root)


def mentions(process: psutil.Process, places: list[str]) -> bool:
    """Whether a living process works in, or was started for, one of the places."""
    try:
        words = [*process.cmdline(), process.cwd(), process.environ().get("PYTHONPATH", "")]
        return process.status() != psutil.STATUS_ZOMBIE and any(p in word for p in places for word in words)
    except psutil.Error:
        return False


def eventually(condition: Callable[[], bool], seconds: float = 15) -> bool:
    """Whether the condition comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def end(process: subprocess.Popen[str], *signals: signal.Signals) -> int:
    """Send the signals, one after the other, and wait for the end."""
    for number in signals:
        process.send_signal(number)
        time.sleep(0.05)
    code = process.wait(30)
    assert process.stdout is not None
    process.stdout.close()
    return code
