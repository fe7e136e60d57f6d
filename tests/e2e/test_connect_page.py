"""The /connect page: snippets with this server's address, and the call of an application seen as it arrives."""

import json
import urllib.request

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_from_the_choice_to_the_call(chromium, site, scheme):
    context = chromium.new_context(
        base_url=site.url, color_scheme=scheme, viewport={"width": 320, "height": 640}, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto("/connect")
    expect(page.get_by_role("heading", level=1, name="Connect an application")).to_be_visible()
    expect(page.get_by_text(f"VESTIBULE_ISSUER={site.url} uvicorn app:app")).to_be_visible()
    with urllib.request.urlopen(f"{site.url}/dev/connect.json") as answer:
        packages = json.load(answer)["packages"]
    for package in packages:
        expect(page.get_by_text(f"sha256:{package['sha256']}")).to_be_visible()
    expect(
        page.get_by_text(f"vestibule-client @ {packages[1]['address']}#sha256={packages[1]['sha256']}")
    ).to_be_visible()
    page.get_by_role("button", name="Express").click()
    expect(page.get_by_text(f"npm install {packages[0]['address']} jose express")).to_be_visible()
    page.get_by_role("button", name="Flask").click()
    expect(page.get_by_text("from vestibule_client.flask import Auth")).to_be_visible()
    page.get_by_role("button", name="nginx").click()
    expect(page.get_by_text("vestibule proxy nginx")).to_be_visible()
    expect(page).to_have_url(f"{site.url}/connect#nginx")
    page.reload()
    expect(page.get_by_text("vestibule proxy nginx")).to_be_visible()
    asked = urllib.request.Request(f"{site.url}/.well-known/jwks.json", headers={"User-Agent": f"shop-{scheme}/1.0"})
    urllib.request.urlopen(asked).close()
    expect(page.get_by_text("Your application is connected.")).to_be_visible()
    expect(page.get_by_text(f"shop-{scheme}/1.0")).to_be_visible()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0
    context.close()
