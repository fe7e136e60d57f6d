"""Below routes, middleware and controllers: what they share about HTTP."""
