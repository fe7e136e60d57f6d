"""Background jobs: work that no request asks for."""
