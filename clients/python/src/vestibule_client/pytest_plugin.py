"""pytest fixtures, so that tests need no stubs of authentication.

`auth_token(role=...)` needs no server: an issuer in memory signs real tokens. `vestibule_server` is the real server,
in this process; `auth_user(role=..., aal=...)` registers a user there and returns ready headers.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from vestibule_client.client import chosen, expect_tests, set_default
from vestibule_client.errors import Misconfigured
from vestibule_client.testing import TestIssuer

if TYPE_CHECKING:
    from vestibule_client.testing_server import AuthUser, VestibuleServer


def pytest_configure() -> None:
    """Let the applications under test be imported without settings: the fixtures provide them."""
    expect_tests()


@pytest.fixture
def vestibule_issuer() -> Iterator[TestIssuer]:
    """An issuer in memory. Applications that read VESTIBULE_ISSUER use it while the test runs."""
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
    """The real server on a loopback port, with SQLite in a temporary folder, a movable clock, and a mailbox.

    Needs the distribution `vestibule`. Applications that read VESTIBULE_ISSUER use it from then on.
    """
    try:
        from vestibule_client.testing_server import VestibuleServer
    except ModuleNotFoundError as error:
        raise Misconfigured(
            f"the fixture `vestibule_server` without the module {error.name}", "the server, installed beside the tests",
            "Install the distribution `vestibule` (docs/guides/pytest.md), or use `vestibule_issuer`, without one.",
        ) from error  # fmt: skip

    with VestibuleServer(tmp_path_factory.mktemp("vestibule")) as server:
        yield server


@pytest.fixture
def auth_user(vestibule_server: "VestibuleServer") -> "Callable[..., AuthUser]":
    """`auth_user(role="admin", aal=2)`: a new user, registered and signed in with both types of session."""
    return vestibule_server.user


@pytest.fixture
def signed_in_page(vestibule_server: "VestibuleServer") -> Callable[..., Any]:
    """`signed_in_page(browser, user)`: a signed-in page of Playwright (sync), in a context of its own."""
    return vestibule_server.page
