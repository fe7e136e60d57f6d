"""Database access: SQLite and PostgreSQL behind one small interface (`engine.Engine`)."""
