"""What authorises a request, as a column of the route table: the caller, CSRF and OpenAPI's security follow from it."""

from enum import Flag, auto


class AuthorisedBy(Flag):
    """The credentials that a row takes, joined by `|`. One that a row does not take is not looked at, even when it is
    sent along, as cookies are.
    """

    NOTHING = 0
    """No credential: the answer is the same for every caller."""
    OWN_BODY = auto()
    """A credential in the body: a password, a code, the token of an emailed link, a refresh token, or the secret of an
    attempt. On such a row a session cookie counts only beside a CSRF token, which only our own pages send.
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
    """An API key, sent like an access token. Only rows that show whose key it is take one: a key must not change an
    account, and the session check would ignore its scopes. To all other rows it is an unknown access token.
    """
    ANY_SESSION = BEARER | SESSION_COOKIE
    """A session of either type."""
    SESSION_OR_KEY = ANY_SESSION | API_KEY
    """A session of either type, or an API key."""
