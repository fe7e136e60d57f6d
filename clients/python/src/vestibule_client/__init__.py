"""Login with Vestibule for Python applications. It needs one setting, the issuer's address (VESTIBULE_ISSUER)."""

from vestibule_client.client import Vestibule as Vestibule
from vestibule_client.client import default as default
from vestibule_client.errors import AuthError as AuthError
from vestibule_client.errors import Forbidden as Forbidden
from vestibule_client.errors import Misconfigured as Misconfigured
from vestibule_client.errors import NotAuthenticated as NotAuthenticated
from vestibule_client.errors import Unavailable as Unavailable
from vestibule_client.request import Incoming as Incoming
from vestibule_client.user import User as User
