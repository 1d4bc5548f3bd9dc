"""The database's history: Alembic environment and versions, and the one function that brings a database to head."""
