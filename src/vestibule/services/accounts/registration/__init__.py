"""Registration: with a password, and with a passkey instead of one. Both share the rules and how a user is stored."""
