"""Alembic's entry: the steps run in the transaction that `ControlDatabase` has begun."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
