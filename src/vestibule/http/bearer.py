"""The form of an Authorization header with a bearer token (RFC 6750 section 2.1)."""

import re

BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] ([A-Za-z0-9\-._~+/]+=*)\Z")
