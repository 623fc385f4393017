"""The account and the places with which the servers run.

PostgreSQL refuses to run as root, so root hands its servers to an unprivileged account. That account may be
unable to reach the checkout or the wheels (a home directory of mode 0700); the modes of directories that are
not ours stay as they are, and the files go where the account can reach them instead.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

PUBLIC_PLACE = Path("/var/lib")
ENVIRONMENT = {
    "PATH": os.defpath,
    "LC_ALL": "C",
    "TZ": "UTC",
}  # a caller's PGPORT and the like must not count


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the servers run as: ourselves, or for root the system's `nobody`."""

    uid: int
    gid: int

    @classmethod
    def current(cls) -> Self:
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        nobody = pwd.getpwnam("nobody")
        return cls(nobody.pw_uid, nobody.pw_gid)

    @property
    def is_ours(self) -> bool:
        return self.uid == os.geteuid()

    def popen(
        self,
        command: Iterable[str | Path],
        *,
        folder: Path = Path("/"),
        stdin: int = subprocess.DEVNULL,
        output: int = subprocess.DEVNULL,
    ) -> subprocess.Popen[str]:
        """Start a program as this account in a session of its own, with nothing of our environment."""
        return subprocess.Popen(
            [str(word) for word in command],
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=ENVIRONMENT,
            text=True,
            umask=0o077,
            start_new_session=True,
            user=None if self.is_ours else self.uid,
            group=None if self.is_ours else self.gid,
            extra_groups=None if self.is_ours else [],
        )

    def can(self, permission: str, path: Path) -> bool:
        """Whether `test PERMISSION PATH` holds for this account (`-x`: run the program, enter the folder)."""
        return self.popen(["test", permission, path]).wait() == 0

    def give(self, path: Path) -> None:
        """Make the account the owner of a path."""
        if not self.is_ours:
            os.chown(path, self.uid, self.gid)


def home(var: Path, name: str, account: Account) -> Path:
    """The folder of a server, reachable by its account: `var/NAME`, or a place that `var/NAME` points to."""
    link = var / name
    var.mkdir(mode=0o755, parents=True, exist_ok=True)
    if not link.exists():
        if account.can("-x", var):
            link.mkdir(mode=0o755)
        else:
            PUBLIC_PLACE.mkdir(parents=True, exist_ok=True)
            elsewhere = Path(tempfile.mkdtemp(prefix=f"libreta-{name}-", dir=PUBLIC_PLACE))
            elsewhere.chmod(0o755)
            link.unlink(missing_ok=True)  # a link whose target was removed
            link.symlink_to(elsewhere, target_is_directory=True)
    return link.resolve()


def within_reach(program: Path, folders: Iterable[Path], base: Path, home: Path, account: Account) -> Path:
    """The program where the account can run it: in place, or in a copy under `home`.

    `folders` are what the program needs, itself included; all lie under `base`, and keep their places to one
    another in the copy.
    """
    if account.can("-x", program):
        return program
    copy = home / "programs"
    if not copy.exists():
        fresh = Path(tempfile.mkdtemp(prefix="programs-", dir=home))
        for folder in folders:
            shutil.copytree(folder, fresh / folder.relative_to(base), symlinks=True)
        fresh.chmod(0o755)
        fresh.rename(copy)
    return copy / program.relative_to(base)
