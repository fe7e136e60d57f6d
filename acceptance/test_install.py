"""The applications' pages of docs/guides from their first line, in empty environments, and the libraries from a checkout.

Our packages come from a running server or a checkout, and what they need from the registries.
"""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from guides import FOLDER, Guide
from test_guides import check_outcomes, sign_in_as_demo, wait_for

from servers import free_port, server

ROOT = FOLDER.parents[1]
PROGRAMS = Path(sys.executable).parent
CONSTRUCT = (
    "VESTIBULE_ISSUER=https://id.example.com "
    """node -e 'import("@vestibule/client/node").then(({ auth }) => console.log(auth()))'"""
)
WITH_A_SERVER = ("fastapi", "starlette", "flask", "wsgi", "django")


@pytest.fixture(scope="module")
def issuer(tmp_path_factory):
    with server(tmp_path_factory.mktemp("issuer")) as running:
        yield running


def line_of_connect(issuer, name: str) -> str:
    """The install line of a page of /connect."""
    guides = httpx.get(f"{issuer.url}/dev/connect.json").raise_for_status().json()["guides"]
    blocks = next(guide["blocks"] for guide in guides if guide["id"] == name)
    return next(block["text"] for block in blocks if block["purpose"] == "install")


@pytest.fixture
def empty(tmp_path) -> Path:
    """The programs of an empty virtual environment."""
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    return tmp_path / "venv" / "bin"


@pytest.fixture
def folder(tmp_path) -> Path:
    """An empty folder for the application, beside its environment."""
    (tmp_path / "application").mkdir()
    return tmp_path / "application"


@pytest.fixture
def checkout(tmp_path) -> Path:
    """What is in the repository, without anything that was built."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "clients"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            target = tmp_path / "vestibule" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
    return tmp_path / "vestibule"


class TestTheServer:
    def test_its_wheel_starts_from_an_empty_environment(self, empty, folder):
        build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
        subprocess.run(build, check=True, capture_output=True)
        (wheel,) = folder.glob("*.whl")
        install = [str(empty / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*install, "--require-hashes", "-r", str(ROOT / "requirements" / "runtime.txt")], check=True)
        subprocess.run([*install, "--no-deps", str(wheel)], check=True)
        with server(folder, python=str(empty / "python")) as running:
            page = httpx.get(f"{running.url}/auth/sign-in")
            assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")


class TestFromAServer:
    def test_the_python_package_as_connect_prints_it(self, issuer, empty, folder):
        guide = Guide("wsgi", folder, {}, programs=empty)
        guide.sh(line_of_connect(issuer, "wsgi"), expected=0)
        code = (
            "import vestibule_client as v; from vestibule_client.wsgi import VestibuleMiddleware;"
            "from vestibule_client.settings import settings; v.Vestibule(settings('https://id.example.com')); print(v.__file__)"
        )
        assert str(empty.parent) in guide.sh(f'python -c "{code}"', expected=0)

    def test_the_npm_package_as_connect_prints_it(self, issuer, folder):
        guide = Guide("express", folder, {})
        guide.sh(line_of_connect(issuer, "express"), expected=0)
        library = folder / "node_modules" / "@vestibule" / "client"
        assert not library.is_symlink()
        assert "Function" in guide.sh(CONSTRUCT, expected=0)

    @pytest.mark.parametrize("name", WITH_A_SERVER)
    def test_python(self, name, issuer, empty, folder):
        port = free_port()
        guide = Guide(name, folder, {"8000": issuer.port, "3000": port}, programs=empty)
        guide.install()
        guide.write_files()
        with guide.running(guide.texts("run")[0]) as process:
            wait_for(port, guide, process)
            check_outcomes(guide)

    def test_express(self, issuer, folder):
        port = free_port()
        guide = Guide("express", folder, {"8000": issuer.port, "3000": port})
        guide.install()
        guide.write_files()
        with guide.running(guide.texts("run")[0]) as process:
            wait_for(port, guide, process)
            check_outcomes(guide)

    def test_react(self, folder):
        ports = {"8000": free_port(), "3000": free_port()}
        guide = Guide("react", folder, ports)
        guide.write_files()
        with guide.running(guide.texts("server")[0]) as issuer:
            wait_for(ports["8000"], guide, issuer)
            guide.install()
            with guide.running(guide.texts("run")[0]) as process:
                wait_for(ports["3000"], guide, process)
                sign_in_as_demo(f"http://localhost:{ports['3000']}")


class TestFromACheckout:
    def test_embedded(self, empty, folder):
        port = free_port()
        guide = Guide("embedded", folder, {"3000": port}, programs=empty)
        guide.install()
        guide.write_files()
        with guide.running(guide.texts("run")[0]) as process:
            wait_for(port, guide, process)
            check_outcomes(guide)

    def test_pytest(self, empty, folder):
        guide = Guide("pytest", folder, {}, programs=empty)
        guide.install()
        guide.write_files()
        check_outcomes(guide)

    def test_python(self, checkout, empty, folder):
        guide = Guide("wsgi", folder, {}, programs=empty)
        guide.sh(f"cd {checkout} && pip install ./clients/python", expected=0)
        assert str(empty.parent) in guide.sh("python -c 'import vestibule_client as v; print(v.__file__)'", expected=0)

    @pytest.mark.parametrize("option", ["", "--install-links"], ids=["linked", "copied"])
    @pytest.mark.parametrize("environment", ["", "NODE_ENV=production"], ids=["development", "production"])
    def test_javascript(self, checkout, option, environment, folder):
        guide = Guide("express", folder, {})
        guide.sh(f"{environment} npm install {option} {checkout}/clients/js jose", expected=0)
        library = folder / "node_modules" / "@vestibule" / "client"
        assert library.is_symlink() == (not option)
        assert "Function" in guide.sh(CONSTRUCT, expected=0)

    def test_react_with_a_copy(self, checkout, folder):
        """One React, which a linked library would not share with the application."""
        ports = {"8000": free_port(), "3000": free_port()}
        guide = Guide("react", folder, ports)
        guide.write_files()
        guide.sh(f"npm install --install-links {checkout}/clients/js react react-dom vite", expected=0)
        with guide.running(guide.texts("server")[0]) as issuer:
            wait_for(ports["8000"], guide, issuer)
            with guide.running(guide.texts("run")[0]) as process:
                wait_for(ports["3000"], guide, process)
                sign_in_as_demo(f"http://localhost:{ports['3000']}")

    def test_npm_pack_compiles_and_prints_its_result_alone(self, checkout, folder):
        guide = Guide("express", folder, {})
        printed = guide.sh(f"npm pack --json --pack-destination . {checkout}/clients/js 2>/dev/null", expected=0)
        assert printed.startswith("[")
        assert '"dist/node.js"' in printed
        assert (checkout / "clients/js/dist/node.js").exists()
