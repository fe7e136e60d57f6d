"""Controllers of the client packages that this server offers, for pip and npm."""

from vestibule.domain.errors import NotFound
from vestibule.http.call import Answer, Call
from vestibule.services.operations.client_packages import ClientPackage

_FOREVER = "public, max-age=31536000, immutable"


async def by_name(call: Call[None]) -> Answer:
    """Redirect to the client package with this file name. Its own address contains its hash and never changes."""
    package = _present(call.services.operations.client_packages.named(call.request.path_params["file"]))
    # Relative, so that it also holds below a path and under another name of this host.
    return Answer(
        status=307, headers={"Location": f"{package.hash_prefix}/{package.file}", "Cache-Control": "no-cache"}
    )


async def by_hash(call: Call[None]) -> Answer:
    """Get a client package, which pip or npm installs. The beginning of its SHA-256 is a part of its address."""
    digest, file = call.request.path_params["digest"], call.request.path_params["file"]
    package = _present(call.services.operations.client_packages.at(digest, file))
    headers = {"Cache-Control": _FOREVER, "ETag": f'"{package.sha256}"'}
    if call.request.headers.get("if-none-match") == headers["ETag"]:
        return Answer(status=304, headers=headers)
    return Answer(content=package.content, media_type=package.kind.media_type, headers=headers)


def _present(package: ClientPackage | None) -> ClientPackage:
    if package is None:
        raise NotFound("No such package: `vestibule info` prints the addresses of those of this release.")
    return package
