"""The stand-ins' servers pass on what those of the real front ends do."""

import httpx
import pytest
from front_ends import CREATE_REACT_APP, PAGES, STATIC, VITE, WEB_SERVER, front_end

from reverse_proxies import Application


@pytest.fixture(scope="module")
def behind():
    application = Application()
    yield application
    application.close()


def seen(proxy, behind):
    """What arrives of a request of a page: Host and Origin, as `page` or `vestibule`; and the headers of a proxy."""
    port = int(behind.url.rpartition(":")[2])
    with front_end("r1", proxy, port) as front:
        httpx.post(f"{front.url}/api/session?x=1", json={}, headers={"Origin": front.url, "Cookie": "a=b"})
        names = {front.host: "page", f"localhost:{port}": "vestibule"}
    (request,) = behind.requests
    behind.requests.clear()
    headers = dict(request["headers"])
    assert (request["method"], request["target"], headers["cookie"]) == ("POST", "/api/session?x=1", "a=b")
    forwarded = names[headers["x-forwarded-host"]] if "x-forwarded-host" in headers else None
    return names[headers["host"]], names[headers["origin"].removeprefix("http://")], forwarded


@pytest.mark.parametrize(
    ("proxy", "arrives"),
    [
        (VITE, ("vestibule", "page", None)), (CREATE_REACT_APP, ("vestibule", "vestibule", "page")),
        (WEB_SERVER, ("page", "page", "page")),
    ],
)  # fmt: skip
def test_a_proxy_rewrites_what_its_kind_rewrites(behind, proxy, arrives):
    assert seen(proxy, behind) == arrives


def test_a_path_that_is_no_file_is_the_page_whose_script_reads_it():
    with front_end("r1", STATIC, 1, VITE_API_URL="http://localhost:1/api") as front:
        page = (PAGES / "r1" / "index.html").read_text()
        assert httpx.get(f"{front.url}/auth/reset-password/abc").text == page
        assert 'const API = "http://localhost:1/api";' in httpx.get(f"{front.url}/app.js").text
        assert httpx.post(f"{front.url}/auth/login").status_code == 404
