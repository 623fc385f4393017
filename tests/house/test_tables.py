"""The tables as declared, as migrated, and as `tables` knows them."""

import subprocess
import sys

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import tables
from db import Database
from local.keeper import ROOT

PACKAGES = ("admin", "bot", "families", "messaging", "surveys")


def test_tables_imports_every_module_that_declares_one() -> None:
    declaring = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "(Base):" in path.read_text("utf-8")
    }
    words = "import sys, tables; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", words], cwd=ROOT, check=True, capture_output=True, text=True)
    assert declaring - set(done.stdout.split()) == set()


def test_migrations_make_the_tables_that_are_declared(database: Database) -> None:
    with database.transaction() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, tables.metadata) == []
