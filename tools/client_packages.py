"""Builds the packages that a server offers to applications: the wheel of clients/python, the npm package of clients/js.

The same sources make the same bytes (times, order, owners and modes are fixed), since the address of a package contains
its hash. Usage: python tools/client_packages.py [FOLDER]; without one, the folder that the server reads.
"""

import gzip
import hashlib
import io
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYTHON = ROOT / "clients" / "python"
JAVASCRIPT = ROOT / "clients" / "js"
OFFERED = ROOT / "src" / "vestibule" / "packages"
SUMS = "SHA256SUMS"
_TIME = 1_580_601_600  # 2020-02-02: a ZIP archive knows no time before 1980


def build(folder: Path) -> None:
    """Replace the contents of the folder by both packages and SHA256SUMS. Raises SystemExit with what is missing."""
    with tempfile.TemporaryDirectory() as temporary:
        built = Path(temporary)
        _wheel(built)
        _npm_package(built)
        contents = {path.name: path.read_bytes() for path in sorted(built.iterdir())}
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in contents.items())
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name, content in (contents | {SUMS: sums.encode()}).items():
        (folder / name).write_bytes(content)


def _wheel(folder: Path) -> None:
    hatchling = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    command = ["env", f"SOURCE_DATE_EPOCH={_TIME}", *hatchling]
    done = subprocess.run(command, cwd=PYTHON, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"The wheel of clients/python could not be built:\n{done.stdout}{done.stderr}")


def _npm_package(folder: Path) -> None:
    """Write what `npm pack` would: its bytes vary with the modes of the files and with npm's version."""
    described = json.loads((JAVASCRIPT / "package.json").read_text())
    files = sorted(path for name in described["files"] for path in (JAVASCRIPT / name).rglob("*") if path.is_file())
    if not files:
        raise SystemExit("clients/js is not compiled: got no dist folder; run `npm install` in clients/js first.")
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in (JAVASCRIPT / "package.json", JAVASCRIPT / "README.md", *files):
            content = path.read_bytes()
            entry = tarfile.TarInfo(f"package/{path.relative_to(JAVASCRIPT).as_posix()}")
            entry.size, entry.mtime, entry.mode = len(content), _TIME, 0o644
            tar.addfile(entry, io.BytesIO(content))
    name = described["name"].removeprefix("@").replace("/", "-")
    with (
        (folder / f"{name}-{described['version']}.tgz").open("wb") as file,
        gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=file, mtime=0) as packed,
    ):
        packed.write(archive.getvalue())


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else OFFERED)
