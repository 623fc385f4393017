"""PostgreSQL and Redis of our own: where they live, who runs them, what they survive."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis

from bell import Bell, connect, queue
from local import keeper
from local.account import Account
from local.environment import environment, missing_servers
from local.keeper import ROOT
from local.postgres import Postgres
from local.postgres import connect as connect_postgres
from local.redis import Redis
from tests.house.toy import Toy, eventually


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everybody may enter."""
    folder = Path(tempfile.mkdtemp(prefix="libreta-house-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def var(request: pytest.FixtureRequest, folder: Path) -> Iterator[Path]:
    """A `var` folder, at `request.param` under the temporary one, whose servers end with the test."""
    var = folder / getattr(request, "param", "var")
    yield var
    for server in missing_servers({"LIBRETA_VAR": str(var)}).values():
        keeper.leave(server)
        shutil.rmtree(server.home)


def start(var: Path) -> dict[str, str]:
    return environment({"LIBRETA_VAR": str(var)}, throwaway=True)


def remember(url: str) -> None:
    with connect_postgres(url, "libreta") as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS notes (note text)")
        connection.execute("INSERT INTO notes VALUES ('kept')")


def remembered(url: str) -> int:
    with connect_postgres(url, "libreta") as connection:
        (count,) = connection.execute("SELECT count(*) FROM notes").fetchone() or (0,)
    return int(count)


@pytest.mark.parametrize(
    "var",
    [
        pytest.param("var", id="plain"),
        pytest.param("una carpeta con espacios y 'comillas'/var", id="spaces and quotes"),
        pytest.param("/".join(["carpeta-de-nombre-muy-largo"] * 8) + "/var", id="long"),
    ],
    indirect=True,
)
def test_they_live_under_any_path(var: Path) -> None:
    env = start(var)
    remember(env["DATABASE_URL"])
    with redis.Redis.from_url(env["REDIS_URL"]) as client:
        assert client.ping()
    assert (var / "postgres" / "url").stat().st_mode & 0o077 == 0


def test_they_survive_being_stopped_and_killed(var: Path) -> None:
    env = start(var)
    postgres = Postgres(var, throwaway=True)
    remember(env["DATABASE_URL"])
    keeper.stop(postgres)
    assert not postgres.answers()
    assert start(var)["DATABASE_URL"] == env["DATABASE_URL"]
    remember(env["DATABASE_URL"])
    server = next(p for p in psutil.process_iter() if p.name() == "postgres" and str(var) in p.cmdline()[2])
    server.kill()
    server.wait()
    assert eventually(postgres.answers)
    assert remembered(env["DATABASE_URL"]) == 2


def test_a_killed_keeper_is_replaced(var: Path) -> None:
    start(var)
    server = Redis(var, throwaway=True)
    pid = keeper.keeper_of(server)
    assert pid
    os.kill(pid, 9)
    assert eventually(lambda: keeper.keeper_of(server) is None)
    assert server.answers()
    start(var)
    assert keeper.keeper_of(server) not in {None, pid}
    assert server.answers()


def test_they_end_some_time_after_their_last_user(var: Path) -> None:
    words = "from local import environment; print(environment()['REDIS_URL'])"
    env = {**os.environ, "LIBRETA_VAR": str(var), "PYTHONPATH": str(ROOT), "DATABASE_URL": "postgresql://x/y"}
    subprocess.run([sys.executable, "-c", words], env=env, check=True, capture_output=True, text=True)
    server = Redis(var)
    assert server.answers()
    assert eventually(lambda: keeper.keeper_of(server) is None, keeper.LINGER + 5)
    assert not server.answers()


def test_a_stale_pid_file_does_not_keep_postgres_down(var: Path) -> None:
    start(var)
    postgres = Postgres(var, throwaway=True)
    keeper.stop(postgres)
    (postgres.data / "postmaster.pid").write_text(f"{os.getpid()}\n{postgres.data}\n", "utf-8")
    start(var)
    assert postgres.answers()


def test_a_port_that_was_taken_meanwhile_is_given_up(var: Path) -> None:
    start(var)
    server = Redis(var)
    keeper.stop(server)
    taken = server.port
    with socket.create_server(("127.0.0.1", taken)):
        start(var)
        assert server.port != taken
        assert server.answers()


def test_the_bell_is_heard_again_when_redis_is_back(var: Path) -> None:
    url = start(var)["REDIS_URL"]
    bell = Bell(url)
    bell.ring("figures.fold")
    keeper.stop(Redis(var))
    bell.ring("figures.fold")
    assert start(var)["REDIS_URL"] == url

    def heard() -> bool:
        bell.ring("figures.fold")
        return len(queue("figures.fold", connect(url))) == 1

    assert eventually(heard)


def test_root_runs_them_as_somebody_else_wherever_the_checkout_is(folder: Path) -> None:
    """For root, the servers run as nobody although nobody can enter the folder; for others, as themselves."""
    folder.chmod(0o700)
    toy = Toy(folder / "checkout", 0)
    try:
        modes = [path.stat().st_mode for path in (folder, folder.parent)]
        assert toy.command("local", "start").splitlines() == ["postgres: running", "redis: running"]
        owners = {p.uids().effective for p in toy.processes() if p.name() in {"postgres", "redis-server"}}
        assert owners == {Account.current().uid}
        assert 0 not in owners
        assert [path.stat().st_mode for path in (folder, folder.parent)] == modes
        assert toy.command("local", "stop").splitlines() == ["postgres: stopped", "redis: stopped"]
        assert toy.processes() == []
    finally:
        toy.remove()
