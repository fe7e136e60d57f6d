"""Time limits that several layers share, in seconds."""

# A body must be complete within this time after its head.
BODY_SECONDS = 15
