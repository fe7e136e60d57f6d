"""Everything random, timed or secret: the one place with cryptography in it."""
