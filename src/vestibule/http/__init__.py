"""What routes, middleware and controllers share about HTTP."""
