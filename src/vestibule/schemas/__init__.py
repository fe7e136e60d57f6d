"""The wire contract: what comes in and what goes out. Unknown fields are refused."""
