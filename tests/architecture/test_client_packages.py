"""Client packages: the same sources make the same bytes, and no page installs by a name that is not published."""

import itertools
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = tomllib.loads((ROOT / "clients/python/pyproject.toml").read_text())["project"]
JAVASCRIPT = json.loads((ROOT / "clients/js/package.json").read_text())
SERVER = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# A stranger could publish packages under these names, which would be installed.
UNPUBLISHED = {SERVER["name"], PYTHON["name"], PYTHON["name"].replace("-", "_"), JAVASCRIPT["name"]}
FILES = {
    f"{PYTHON['name'].replace('-', '_')}-{PYTHON['version']}-py3-none-any.whl",
    f"{JAVASCRIPT['name'].removeprefix('@').replace('/', '-')}-{JAVASCRIPT['version']}.tgz",
}
_WRITTEN = (".md", ".py", ".ts", ".tsx", ".json", ".yaml", ".toml", ".sh", ".service")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_INSTALL = re.compile(r"\b(?:pip3?|pipx|npm|pnpm|yarn|bun)\s+(?:install|add|i)\b([^\n`|&;]*)")


def checkout(folder: Path) -> Path:
    """What the builder reads, as in a checkout of its own."""
    ignored = shutil.ignore_patterns("node_modules", "__pycache__")
    shutil.copytree(ROOT / "clients", folder / "clients", ignore=ignored)
    (folder / "tools").mkdir()
    shutil.copy(ROOT / "tools/client_packages.py", folder / "tools")
    return folder


def built(root: Path, **environment: str) -> dict[str, bytes]:
    done = subprocess.run(
        [sys.executable, str(root / "tools/client_packages.py")],
        cwd="/", env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return {path.name: path.read_bytes() for path in (root / "src/vestibule/packages").iterdir()}


class TestBuilding:
    def test_depends_on_nothing_but_the_sources(self, tmp_path):
        one = built(checkout(tmp_path / "one"))
        two = checkout(tmp_path / "elsewhere" / "two")
        for number, path in enumerate(sorted(two.rglob("*"), reverse=True)):
            if path.is_file():
                path.chmod(0o600)
                path.touch()
                subprocess.run(["touch", "-d", f"@{1_700_000_000 + number}", str(path)], check=True)
        (two / "clients/python/src/vestibule_client/__pycache__").mkdir()
        (two / "clients/python/src/vestibule_client/__pycache__/left.pyc").write_bytes(b"left over")
        (two / "src/vestibule/packages").mkdir(parents=True)
        (two / "src/vestibule/packages/vestibule_client-0.0.1-py3-none-any.whl").write_bytes(b"of the last release")
        again = built(two, SOURCE_DATE_EPOCH="1", TZ="Asia/Tokyo", HOME=str(tmp_path), LC_ALL="C")
        assert again == one
        assert one.keys() == FILES | {"SHA256SUMS"}
        subprocess.run(
            ["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=two / "src/vestibule/packages", check=True
        )

    def test_another_source_makes_another_package(self, tmp_path):
        root = checkout(tmp_path / "one")
        before = built(root)
        with (root / "clients/python/src/vestibule_client/user.py").open("a") as file:
            file.write("# another\n")
        (root / "clients/js/dist/more.js").write_text("export {};\n")
        after = built(root)
        assert all(after[name] != before[name] for name in FILES)

    def test_says_what_is_missing(self, tmp_path):
        root = checkout(tmp_path / "one")
        shutil.rmtree(root / "clients/js/dist")
        done = subprocess.run(
            [sys.executable, str(root / "tools/client_packages.py")], capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert "run `npm install` in clients/js" in done.stderr
        assert "Traceback" not in done.stderr


def texts() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    names = (name for name in listed.stdout.splitlines() if name.endswith(_WRITTEN) and not name.startswith("tests/"))
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def written(path: Path) -> str:
    """The text of a file; of JSON, its strings."""
    text = path.read_text()
    return "\n".join(json.loads(f'"{string}"') for string in _STRING.findall(text)) if path.suffix == ".json" else text


def names_in(arguments: str) -> set[str]:
    """The bare names that this command line would look up at a registry."""
    try:
        words = shlex.split(arguments)
    except ValueError:
        words = arguments.split()
    bare = {re.split(r"[\[<>=~!;\s]", word.strip("'\"().,"))[0] for word in words if "://" not in word}
    return {re.sub(r"(?<=.)@.*", "", name) for name in bare}


class TestInstallLines:
    def test_name_nothing_that_is_not_published(self):
        lines = [(path, arguments) for path in texts() for arguments in _INSTALL.findall(written(path))]
        assert len(lines) > 20
        bad = [
            f"{path.relative_to(ROOT)}: {arguments}" for path, arguments in lines if names_in(arguments) & UNPUBLISHED
        ]
        assert not bad, "\n".join(bad)

    def test_requirements_name_nothing_that_is_not_published(self):
        extras = PYTHON.get("optional-dependencies", {}).values()
        wanted = [
            *PYTHON["dependencies"],
            *itertools.chain(*extras),
            *SERVER["dependencies"],
            *JAVASCRIPT.get("dependencies", {}),
            *JAVASCRIPT["peerDependencies"],
        ]
        assert not {name for one in wanted for name in names_in(one)} & UNPUBLISHED

    def test_name_the_files_of_this_version(self):
        for path in texts():
            if path.suffix == ".md":
                named = re.findall(r"/packages/([\w.-]+\.(?:whl|tgz))", path.read_text())
                assert set(named) <= FILES, path.name

    @pytest.mark.parametrize(
        ("line", "names"),
        [
            ("pip install vestibule-client flask", {"vestibule-client"}),
            ("pip install 'vestibule-client[test]>=0.1'", {"vestibule-client"}),
            ("npm install @vestibule/client@1 jose", {"@vestibule/client"}),
            ("npm i vestibule", {"vestibule"}),
            ('pip install "vestibule-client @ https://id.example.com/packages/x.whl"', set()),
            ("pip install ./clients/python", set()),
            ("npm install --install-links ./clients/js", set()),
        ],
    )  # fmt: skip
    def test_are_read_as_a_shell_reads_them(self, line, names):
        (arguments,) = _INSTALL.findall(line)
        assert names_in(arguments) & UNPUBLISHED == names

    def test_the_image_builds_both_before_the_server(self):
        lines = (ROOT / "deploy/Dockerfile").read_text().splitlines()
        builder = lines.index("RUN python tools/client_packages.py")
        assert builder < next(n for n, line in enumerate(lines) if "--no-build-isolation ." in line)
        assert builder > lines.index("COPY --from=client /build/dist/ clients/js/dist/")
        ignored = (ROOT / ".dockerignore").read_text().splitlines()
        assert {"**/dist", "src/vestibule/packages"} <= set(ignored)
