"""Schemas of the /connect page, which exists in development only."""

from vestibule.schemas.base import Output
from vestibule.services.operations.client_packages import ClientPackage


class SnippetView(Output):
    """A text to copy. `purpose`: install, setup, file, append, run, try, proxy or more."""

    language: str
    purpose: str
    file: str
    text: str


class GuideView(Output):
    """How to connect one framework or proxy."""

    id: str
    title: str
    kind: str
    blocks: list[SnippetView]


class PackageView(Output):
    """A client package that this server offers to pip or npm. `address` contains the beginning of its hash."""

    name: str
    file: str
    address: str
    sha256: str


class ConnectView(Output):
    """The guides for all frameworks and proxies, with this server's address filled in. `packages` is empty where
    `make setup` did not run.
    """

    issuer: str
    guides: list[GuideView]
    packages: list[PackageView]


class RecentCallView(Output):
    """A call of a program or proxy. `number` grows with every call."""

    number: int
    method: str
    path: str
    status: int
    agent: str


class RecentCallsView(Output):
    """The latest calls of programs and proxies, newest first."""

    calls: list[RecentCallView]


def package_view(package: ClientPackage) -> PackageView:
    """Return one client package as the page shows it."""
    return PackageView(name=package.kind.name, file=package.file, address=package.address, sha256=package.sha256)
