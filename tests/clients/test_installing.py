"""The client packages that a server offers: how they are served, and installed from it into empty environments."""

import hashlib
import http.client
import io
import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import httpx
import pytest
from guides import FOLDER, Guide

from servers import command, server
from vestibule.services.operations.client_packages import KINDS, ClientPackages
from vestibule.services.operations.guides import Guides

pytestmark = pytest.mark.servers
ROOT = FOLDER.parents[1]
PROGRAMS = Path(sys.executable).parent
FOREVER = "public, max-age=31536000, immutable"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with server(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture(scope="module")
def connect(site):
    return httpx.get(f"{site.url}/dev/connect.json").raise_for_status().json()


def installs(connect) -> dict[str, str]:
    """The install lines of /connect, by guide."""
    return {
        guide["id"]: block["text"]
        for guide in connect["guides"]
        for block in guide["blocks"]
        if block["purpose"] == "install"
    }


def sh(text: str, folder: Path, programs: Path, expected: int = 0) -> str:
    return Guide("wsgi", folder, {}, programs=programs).sh(text, expected=expected)


def request(site, method: str, target: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """As written: other clients resolve `..` before they send."""
    connection = http.client.HTTPConnection("localhost", site.port, timeout=20)
    connection.request(method, target, headers=headers)
    answer = connection.getresponse()
    found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    connection.close()
    return found


class TestServing:
    def test_every_package_has_the_hash_that_connect_and_info_show(self, site, connect):
        assert {package["name"] for package in connect["packages"]} == {kind.name for kind in KINDS.values()}
        told = command(
            "info", "--json", "--data-dir", str(site.folder), folder=site.folder, VESTIBULE_PUBLIC_URL=site.url
        )
        shown = json.loads(told.stdout)["packages"]
        for package in connect["packages"]:
            answer = httpx.get(package["address"])
            assert (answer.status_code, answer.headers["cache-control"]) == (200, FOREVER)
            assert answer.headers["content-type"] == KINDS[Path(package["file"]).suffix].media_type
            assert "content-encoding" not in answer.headers
            assert hashlib.sha256(answer.content).hexdigest() == package["sha256"]
            assert package["address"] == f"{site.url}/packages/{package['sha256'][:16]}/{package['file']}"
            assert shown[package["name"]] == {"address": package["address"], "sha256": package["sha256"]}

    def test_the_name_alone_redirects_to_the_hash_for_a_while(self, site, connect):
        for package in connect["packages"]:
            answer = httpx.get(f"{site.url}/packages/{package['file']}")
            assert (answer.status_code, answer.headers["cache-control"]) == (307, "no-cache")
            assert answer.next_request.url == package["address"]

    def test_head_and_a_cached_copy_transfer_no_content(self, site, connect):
        for package in connect["packages"]:
            target = package["address"].removeprefix(site.url)
            whole, headers, content = request(site, "GET", target)
            status, without, nothing = request(site, "HEAD", target)
            assert (whole, status, nothing) == (200, 200, b"")
            assert int(without["content-length"]) == int(headers["content-length"]) == len(content)
            status, again, nothing = request(site, "GET", target, **{"If-None-Match": headers["etag"]})
            assert (status, nothing, again["etag"], again["cache-control"]) == (304, b"", headers["etag"], FOREVER)

    def test_what_is_not_offered_is_not_found(self, site, connect):
        wheel = next(package for package in connect["packages"] if package["file"].endswith(".whl"))
        digest, file = wheel["sha256"][:16], wheel["file"]
        other = "0" * 16
        for target in (
            "/packages", "/packages/", "/packages/SHA256SUMS", f"/packages/{digest}/SHA256SUMS", f"/packages/{digest}/",
            f"/packages/{digest}", "/packages/none.whl", f"/packages/{other}/{file}", f"/packages/{digest}0/{file}",
            f"/packages/{digest.upper()}/{file}" if digest.upper() != digest else f"/packages/{other}/{file}",
            f"/packages/{digest}/{file}/", f"/packages/{digest}/x/{file}", f"/packages/{file}.sig", f"/packages/ {file}",
            "/packages/../app.py", "/packages/../pages/index.html", "/packages/./", f"/packages/../packages/{file}",
            f"/packages/{digest}/../{file}", f"/packages//{file}", "/packages/../../../../etc/passwd",
            f"/packages/{wheel['sha256']}/{file}",
        ):  # fmt: skip
            status, headers, body = request(site, "GET", target.replace(" ", "%20"))
            assert (status, json.loads(body)["code"]) == (404, "not_found"), target
            assert headers["cache-control"] == "no-store", target

    @pytest.mark.parametrize(
        "spelled", ["..%2fapp.py", "%2e%2e/app.py", "..%5capp.py", "%2e%2e%2fapp.py", "x%00.whl", "%252e%252e/app.py"]
    )
    def test_an_encoded_traversal_is_refused(self, site, spelled):
        status, _, body = request(site, "GET", f"/packages/{spelled}")
        assert (status // 100, json.loads(body)["success"]) == (4, False)

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    def test_other_methods_are_refused(self, site, connect, method):
        for package in connect["packages"]:
            for target in (package["address"].removeprefix(site.url), f"/packages/{package['file']}"):
                status, headers, body = request(site, method, target)
                assert (status, headers["allow"]) == (405, "GET, HEAD")
                assert json.loads(body)["code"] == "method_not_allowed"

    def test_no_credential_is_looked_at(self, site, connect):
        address = connect["packages"][0]["address"]
        assert httpx.get(address, headers={"Authorization": "Bearer nonsense"}).status_code == 200
        assert "set-cookie" not in httpx.get(address).headers


class TestContents:
    def test_are_the_sources_and_nothing_of_this_machine(self, connect):
        for package in connect["packages"]:
            members = _members(httpx.get(package["address"]).content, package["file"])
            assert members
            for name, content in members.items():
                for foreign in (str(ROOT), str(Path.home()), "registry.npmjs.org", "pypi.org", "pythonhosted.org"):
                    assert foreign.encode() not in content, f"{name} names {foreign}"

    def test_the_wheel_has_every_module(self, connect):
        names = _members(_content(connect, ".whl"), ".whl")
        source = ROOT / "clients" / "python" / "src"
        modules = {path.relative_to(source).as_posix() for path in source.rglob("*.py")}
        assert {name for name in names if name.endswith(".py")} == modules

    def test_the_npm_package_has_what_npm_pack_would_have(self, connect):
        names = _members(_content(connect, ".tgz"), ".tgz")
        packed = subprocess.run(
            ["npm", "pack", "--dry-run", "--json", "--ignore-scripts"],
            cwd=ROOT / "clients" / "js", capture_output=True, text=True, check=True,
        )  # fmt: skip
        (listed,) = json.loads(packed.stdout)
        assert {f"package/{file['path']}" for file in listed["files"]} == set(names)
        assert listed["filename"] == next(p["file"] for p in connect["packages"] if p["file"].endswith(".tgz"))


def _content(connect, suffix: str) -> bytes:
    return httpx.get(next(p["address"] for p in connect["packages"] if p["file"].endswith(suffix))).content


def _members(content: bytes, file: str) -> dict[str, bytes]:
    if file.endswith(".whl"):
        archive = zipfile.ZipFile(io.BytesIO(content))
        return {name: archive.read(name) for name in archive.namelist()}
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive.getmembers()}


class TestPages:
    def test_connect_prints_the_guides_lines_with_this_server_s_address_and_hashes(self, site, connect):
        printed = installs(connect)
        guides = [path.stem for path in sorted(FOLDER.glob("[a-z]*.md")) if Guide(path.stem, FOLDER, {}).installs]
        assert guides == sorted(printed)
        for name in guides:
            (line,) = Guide(name, FOLDER, {}).installs
            for package in connect["packages"]:
                by_name = f"http://localhost:8000/packages/{package['file']}"
                suffix = f"#sha256={package['sha256']}" if package["file"].endswith(".whl") else ""
                line = line.replace(by_name, package["address"] + suffix)
            assert line.strip() == printed[name]

    def test_every_application_s_page_installs_a_package_that_is_offered(self, connect):
        offered = [package["address"] for package in connect["packages"]]
        applications = {guide["id"] for guide in connect["guides"] if guide["kind"] == "application"}
        assert applications == set(installs(connect))
        for line in installs(connect).values():
            assert any(address in line for address in offered) or "path/to/vestibule/clients/python" in line

    @pytest.mark.parametrize("url", ["https://id.example.com", "http://localhost:8000/auth", "http://[::1]:9000"])
    def test_an_address_is_filled_in_once(self, url, tmp_path):
        (tmp_path / "vestibule_client-1-py3-none-any.whl").write_bytes(b"a wheel")
        packages = ClientPackages(tmp_path, url)
        (line,) = [b["text"] for b in _guide(Guides(url, packages), "wsgi") if b["purpose"] == "install"]
        sha256 = hashlib.sha256(b"a wheel").hexdigest()
        address = f"{url}/packages/{sha256[:16]}/vestibule_client-1-py3-none-any.whl"
        assert line == f'pip install "vestibule-client @ {address}#sha256={sha256}"'

    def test_without_packages_the_lines_lead_to_a_checkout(self, tmp_path):
        packages = ClientPackages(tmp_path / "none", "https://id.example.com")
        assert not packages.offered
        lines = {
            name: block["text"]
            for name in ("fastapi", "express")
            for block in _guide(Guides("https://id.example.com", packages), name)
            if block["purpose"] == "install"
        }
        assert lines == {
            "fastapi": "pip install path/to/vestibule/clients/python fastapi uvicorn",
            "express": "npm install path/to/vestibule/clients/js jose express",
        }
        assert all((ROOT / kind.source).is_dir() for kind in KINDS.values())

    def test_other_contents_have_another_address(self, tmp_path):
        file = tmp_path / "vestibule-client-1.tgz"
        file.write_bytes(b"one")
        one = ClientPackages(tmp_path, "https://id.example.com").named(file.name)
        file.write_bytes(b"two")
        packages = ClientPackages(tmp_path, "https://id.example.com")
        assert packages.named(file.name).address != one.address
        assert packages.at(one.hash_prefix, file.name) is None


def _guide(guides: Guides, name: str) -> list[dict[str, str]]:
    return next(guide["blocks"] for guide in guides.list() if guide["id"] == name)


class TestInstalling:
    """The packages alone; `make acceptance ARGS=install` installs them with what they need, from the registries."""

    def test_with_pip_as_connect_prints_it(self, connect, tmp_path):
        line = installs(connect)["wsgi"].replace("install", f"install --quiet --no-deps --target {tmp_path / 'found'}")
        sha256 = line.rpartition("=")[2].strip('"')
        assert "THESE PACKAGES DO NOT MATCH THE HASHES" in sh(line.replace(sha256, "0" * 64), tmp_path, PROGRAMS, 1)
        sh(line, tmp_path, PROGRAMS)
        code = (
            "import vestibule_client as v; from vestibule_client.wsgi import VestibuleMiddleware;"
            "from vestibule_client.settings import settings; v.Vestibule(settings('https://id.example.com')); print(v.__file__)"
        )
        assert str(tmp_path) in sh(f'PYTHONPATH={tmp_path / "found"} python -c "{code}"', tmp_path, PROGRAMS)

    def test_with_npm_as_connect_prints_it(self, connect, tmp_path):
        line = installs(connect)["express"].partition(" jose ")[0]
        sh(f"{line} --omit=peer --no-audit", tmp_path, PROGRAMS)
        installed = tmp_path / "node_modules" / "@vestibule" / "client"
        assert not installed.is_symlink()
        assert (installed / "dist" / "node.js").exists()
        lock = json.loads((tmp_path / "package-lock.json").read_text())["packages"]["node_modules/@vestibule/client"]
        assert lock["integrity"].startswith("sha512-")
