"""The schema's history, up and down, for both engines."""

HEAD = "0011"
