"""The test twin (pytest plugin)."""
