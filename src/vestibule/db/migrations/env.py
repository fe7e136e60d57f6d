"""Alembic's entry: runs the migrations on the connection that db/migrate.py hands over."""

from alembic import context

connection = context.config.attributes["connection"]
schema = context.config.attributes["schema"]

context.configure(connection=connection, version_table_schema=schema or None, transaction_per_migration=False)
with context.begin_transaction():
    context.run_migrations()
