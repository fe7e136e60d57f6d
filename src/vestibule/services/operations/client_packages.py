"""The client packages that this server offers, of its own release: `make setup` builds them into its package data."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_DIGITS = 16
_CHECKOUT = "path/to/vestibule"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageKind:
    """A client library: its `name` for pip or npm, its `source` folder in a checkout, the `media_type` of its file."""

    name: str
    source: str
    media_type: str


# By the suffix of the file.
KINDS = {
    ".whl": PackageKind(name="vestibule-client", source="clients/python", media_type="application/zip"),
    ".tgz": PackageKind(name="@vestibule/client", source="clients/js", media_type="application/gzip"),
}


@dataclass(frozen=True, slots=True, repr=False)
class ClientPackage:
    """One offered file. `address` is its absolute URL, with the beginning of its SHA-256: other contents have another
    address. `requirement` is what follows `pip install` or `npm install`.
    """

    kind: PackageKind
    file: str
    content: bytes
    sha256: str
    address: str

    @property
    def hash_prefix(self) -> str:
        """The part of the hash that the address contains."""
        return self.sha256[:_DIGITS]

    @property
    def requirement(self) -> str:
        """The requirement by address: PEP 508 with the whole hash for pip, the address for npm, which takes no hash."""
        if self.file.endswith(".whl"):
            return f'"{self.kind.name} @ {self.address}#sha256={self.sha256}"'
        return self.address


class ClientPackages:
    """The packages in a folder, read once. There are none where `make setup` did not run."""

    def __init__(self, folder: Path, public_url: str) -> None:
        self._folder = folder
        self._public_url = public_url

    @cached_property
    def offered(self) -> Mapping[str, ClientPackage]:
        """The packages, by the suffix of their file."""
        paths = (path for path in sorted(self._folder.glob("*")) if path.suffix in KINDS)
        return {path.suffix: self._read(path) for path in paths}

    def named(self, file: str) -> ClientPackage | None:
        """Return the package of this file name, or None."""
        return next((package for package in self.offered.values() if package.file == file), None)

    def at(self, hash_prefix: str, file: str) -> ClientPackage | None:
        """Return the package of this file name if its hash begins with these 16 hexadecimal digits, or None."""
        package = self.named(file)
        return package if package is not None and package.hash_prefix == hash_prefix else None

    def requirement(self, suffix: str) -> str:
        """Return what follows `pip install` (.whl) or `npm install` (.tgz); without packages, a checkout's folder."""
        package = self.offered.get(suffix)
        return package.requirement if package is not None else f"{_CHECKOUT}/{KINDS[suffix].source}"

    def _read(self, path: Path) -> ClientPackage:
        content = path.read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        address = f"{self._public_url}/packages/{sha256[:_DIGITS]}/{path.name}"
        return ClientPackage(KINDS[path.suffix], path.name, content, sha256, address)
