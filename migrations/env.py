"""Alembic's entry: migrates the database of the settings, or of the connection that a test hands over."""

from alembic import context
from sqlalchemy import Connection, create_engine

import tables
from local import environment

config = context.config


def migrate(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=tables.metadata, compare_server_default=True)
    with context.begin_transaction():
        context.run_migrations()


if (given := config.attributes.get("connection")) is not None:
    migrate(given)
else:
    engine = create_engine(environment()["DATABASE_URL"], connect_args={"connect_timeout": 2})
    with engine.connect() as own:
        migrate(own)
    engine.dispose()
