"""Repositories: the only place with SQL. One module per aggregate, independent of the others; they return frozen domain
objects.

Instants are microseconds since 1970 UTC everywhere. All methods raise DatabaseUnavailable when the database fails.
"""
