"""What authorises a request, as a column of the route table: the caller, CSRF and OpenAPI's security follow from it."""

from enum import Flag, auto


class AuthorisedBy(Flag):
    """The credentials that a row takes, joined by `|`. One that it does not take is not looked at: that it travels
    along, as cookies do, changes nothing.
    """

    NOTHING = 0
    """No credential: the answer is the same for every caller."""
    OWN_BODY = auto()
    """The body's own: a password, a code, the token of an emailed link, a refresh token, the secret of an attempt. On
    such a row a session cookie counts only beside a CSRF token, which our pages send and other applications do not.
    """
    BEARER = auto()
    """An access token. A request with an Authorization header is judged by that alone; cookies are ignored."""
    SESSION_COOKIE = auto()
    """The cookie of a cookie session; in an unsafe request together with the CSRF token."""
    REFRESH_COOKIE = auto()
    """The cookie with the refresh token of a front end on another origin, whose Origin is checked."""
    FORWARD_AUTH_COOKIE = auto()
    """The cookie that sibling hosts get, which an application there passes on; no other row takes it."""
    CSRF_TOKEN = auto()
    """The CSRF token of this browser, signed in or not: the answer sets or drops the session cookie."""
    CLIENT = auto()
    """The id and secret of a registered OAuth client."""
    METRICS_TOKEN = auto()
    """The operator's token for reading the metrics."""
    API_KEY = auto()
    """An API key, sent like an access token. Only a row that shows whose key it is takes it: it changes nothing of an
    account, and a session check that took it would pass over its scopes. To all others it is an unknown access token.
    """
    ANY_SESSION = BEARER | SESSION_COOKIE
    """A session of either type."""
    SESSION_OR_KEY = ANY_SESSION | API_KEY
    """A session of either type, or an API key."""
