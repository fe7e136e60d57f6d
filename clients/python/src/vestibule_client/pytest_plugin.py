"""pytest fixtures, so that nobody stubs authentication in tests again.

`auth_token(role=...)` needs no server: real signatures by an issuer in memory. `vestibule_server` is the real server,
in this process; `auth_user(role=..., aal=...)` registers somebody there and hands out ready headers.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from vestibule_client.client import chosen, set_default
from vestibule_client.testing import TestIssuer

if TYPE_CHECKING:
    from vestibule_client.testing_server import AuthUser, VestibuleServer


@pytest.fixture
def vestibule_issuer() -> Iterator[TestIssuer]:
    """An issuer in memory. Applications that read VESTIBULE_ISSUER use it as long as the test runs."""
    issuer, before = TestIssuer(), chosen()
    issuer.install()
    yield issuer
    set_default(before)


@pytest.fixture
def auth_token(vestibule_issuer: TestIssuer) -> Callable[..., dict[str, str]]:
    """`auth_token(user="…", role="admin", scopes=("orders:read",), aal=2)`: headers with a signed access token."""

    def make(user: str = "user_of_the_tests", *, role: str | None = None, **more: Any) -> dict[str, str]:
        roles = tuple(more.pop("roles", ())) + ((role,) if role else ())
        return vestibule_issuer.headers(user, roles=roles, **more)

    return make


@pytest.fixture(scope="session")
def vestibule_server(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[VestibuleServer]":
    """The real server on a loopback port, with SQLite in a temporary folder, a clock that a test moves, and its mails.

    Needs the distribution `vestibule`. Applications that read VESTIBULE_ISSUER use it from then on.
    """
    from vestibule_client.testing_server import VestibuleServer

    with VestibuleServer(tmp_path_factory.mktemp("vestibule")) as server:
        yield server


@pytest.fixture
def auth_user(vestibule_server: "VestibuleServer") -> "Callable[..., AuthUser]":
    """`auth_user(role="admin", aal=2)`: somebody new, registered and signed in through both doors."""
    return vestibule_server.user


@pytest.fixture
def signed_in_page(vestibule_server: "VestibuleServer") -> Callable[..., Any]:
    """`signed_in_page(browser, user)`: a page of Playwright's (sync) in a context of its own, signed in."""
    return vestibule_server.page
