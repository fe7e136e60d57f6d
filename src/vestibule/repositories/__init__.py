"""The only SQL. Rows in, frozen domain objects out; one file per aggregate, none knows another."""
