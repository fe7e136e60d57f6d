"""The other way in: work that no request asks for."""
