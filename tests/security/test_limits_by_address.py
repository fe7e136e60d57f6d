"""Every limit by address counts by the one canonical form of it: another spelling, or another address of the same
customer, is no new allowance; and what a proxy writes beside the address is no part of it.
"""

import ast
from ipaddress import ip_network
from pathlib import Path

import pytest

from vestibule.checks import rate_limit
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied
from vestibule.domain.ip_address import limit_key, parse, site_key
from vestibule.http.call import Call
from vestibule.http.client_address import client_address
from vestibule.routes import ROUTES
from vestibule.schemas.login import SkipEnrolmentStep
from vestibule.services.tokens import status_lists

SOURCE = Path(__file__).parents[2] / "src" / "vestibule"
ONE_CUSTOMER = [
    ("203.0.113.7", "::ffff:203.0.113.7", "::FFFF:CB00:7107", "2002:cb00:7107::1", "2002:cb00:7107:ffff::9", "64:ff9b::cb00:7107"),
    ("2001:db8:1:2::1", "2001:DB8:1:2:ffff:ffff:ffff:ffff", "2001:0db8:0001:0002::a", "2001:db8:1:2::1%eth0"),
    ("fe80::1", "fe80::1%eth0", "fe80::1%2", "fe80::2%eth1"),
]  # fmt: skip
OTHERS = ("203.0.113.8", "2001:db8:1:3::1", "2002:cb00:7108::1", "fe80:0:0:1::1", "64:ff9b::cb00:7108")
# Where the address of a request is written down or shown: none of these counts anything by it.
RECORDS = {
    "services/records/audit.py", "services/sessions/sessions.py", "services/credentials/trusted_devices.py", "services/records/deferred_jobs.py",
    "services/login/mailed_sign_ins.py", "services/records/notifications.py", "schemas/sign_in_methods.py",
}  # fmt: skip
# These count, by limit_key.
COUNTS = {"checks/rate_limit.py", "controllers/status_lists.py"}


def keys_of(addresses) -> set[str]:
    return {limit_key(address) for address in addresses}


class TestTheKey:
    @pytest.mark.parametrize("addresses", ONE_CUSTOMER, ids=lambda found: found[0])
    def test_of_one_customer_is_one(self, addresses):
        assert len(keys_of(addresses)) == 1

    def test_of_others_is_another(self):
        firsts = [addresses[0] for addresses in ONE_CUSTOMER]
        assert len(keys_of([*firsts, *OTHERS])) == len(keys_of(firsts)) + len(keys_of(OTHERS))

    @pytest.mark.parametrize("text", ["", "x", "1.2.3", "1.2.3.4%eth0", "1.2.3.4:5", "[::1]", "9" * 5_000, "1.2.3.4\n"])
    def test_of_what_is_no_address_is_everybodys(self, text):
        assert parse(text) is None
        assert limit_key(text) == site_key(text) == "unknown"

    def test_of_teredo_is_its_client_and_not_its_server(self):
        assert limit_key("2001:0:4136:e378:8000:63bf:3fff:fdd2") == "192.0.2.45"

    def test_of_a_site_holds_many_of_them(self):
        assert {site_key(f"2001:db8:7:{place:x}::1") for place in range(100)} == {"2001:db8:7::/48"}
        assert {site_key(f"203.0.113.{place}") for place in range(100)} == {"203.0.113.0/24"}


class TestEveryLimit:
    @pytest.mark.parametrize("addresses", ONE_CUSTOMER, ids=lambda found: found[0])
    async def test_of_a_route_counts_by_it(self, vestibule, addresses):
        state = vestibule.app.state
        for choice in dict.fromkeys(row.limit for row in ROUTES if row.limit):
            left = []
            for address in (*addresses, OTHERS[0]):
                call = Call(None, vestibule.services, state.http_config, state.cookies, Device(address=address))
                call.body = SkipEnrolmentStep()
                await rate_limit.reserve(call, choice)
                left.append(int(call.limit_headers["RateLimit"].partition("r=")[2].partition(";")[0]))
            assert left[:-1] == list(range(left[0], left[0] - len(addresses), -1)), choice.__name__
            await vestibule.run("DELETE FROM rate_limits")

    async def test_of_a_request_counts_by_it(self, vestibule):
        for addresses in ONE_CUSTOMER:
            left = []
            for address in addresses:
                answer = await vestibule.browser(address).sign_in("nobody", "wrong")
                left.append(int(answer.headers["ratelimit"].partition("r=")[2].partition(";")[0]))
            assert left == list(range(left[0], left[0] - len(addresses), -1))

    @pytest.mark.parametrize(
        ("address", "most"),
        [
            ("2001:db8:1:2::{:x}", status_lists._MOST_OF_ONE_ADDRESS),
            ("2002:cb00:7107:{:x}::1", status_lists._MOST_OF_ONE_ADDRESS),
            ("2001:db8:1:{:x}::1", status_lists._MOST_OF_ONE_SITE),
            ("198.51.100.{}", status_lists._MOST_OF_ONE_SITE),
        ],
    )
    async def test_of_the_feed_counts_by_it_and_leaves_places_to_others(self, vestibule, address, most):
        changes = vestibule.services.tokens.status_changes
        streams = []
        for place in range(250):
            stream = changes.follow(address.format(place), None)
            if not isinstance(stream, Denied):
                await anext(stream)
                streams.append(stream)
        assert len(streams) == most
        other = changes.follow("192.0.2.1", None)
        await anext(other)
        for stream in (*streams, other):
            await stream.aclose()

    async def test_of_the_feed_holds_for_those_who_come_together(self, vestibule):
        """All of them are let in before the first has taken its place."""
        changes = vestibule.services.tokens.status_changes
        streams = [changes.follow(f"2001:db8:1:2::{place:x}", None) for place in range(60)]
        words = [await anext(stream, None) for stream in streams]
        assert len([word for word in words if word is not None]) == status_lists._MOST_OF_ONE_ADDRESS
        for stream in streams:
            await stream.aclose()

    def test_is_among_those_that_read_the_address_at_all(self):
        found = set()
        for path in SOURCE.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                is_address = isinstance(node, ast.Attribute) and node.attr == "address"
                if is_address and ast.unparse(node.value).rpartition(".")[2] == "device":
                    found.add(path.relative_to(SOURCE).as_posix())
        assert found == RECORDS | COUNTS, "does it count? then by limit_key, and here"


TRUSTED = (ip_network("10.0.0.0/8"),)


class TestProxiesThatWritePorts:
    @pytest.mark.parametrize(
        ("sent", "address"),
        [
            ("203.0.113.7:51234", "203.0.113.7"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("2001:db8::1:443", "2001:db8::1:443"),
            ("203.0.113.7:51234, 10.1.1.1:80", "203.0.113.7"),
            (" [2001:db8::1]:443 ,[::ffff:10.1.1.1]:80", "2001:db8::1"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("[::ffff:203.0.113.7]:1", "203.0.113.7"),
        ],
    )
    def test_name_the_address_all_the_same(self, sent, address):
        assert client_address("10.0.0.1", "x-forwarded-for", [sent], TRUSTED) == address

    @pytest.mark.parametrize(
        "sent",
        [
            "203.0.113.7:", "203.0.113.7:x", "203.0.113.7:123456", "203.0.113.7:80:80", ":80", "[2001:db8::1", "2001:db8::1]:80",
            "[203.0.113.7:80", "[]:80", "[x]:80", "1.2.3:80", "999.1.1.1:80", "203.0.113.7 :80", "203.0.113.7:80 x", '"203.0.113.7:80"',
            "unknown", "_hidden", "fe80::1%eth0", "203.0.113.7:\u0661", "example.com:80",
        ],
    )  # fmt: skip
    def test_are_not_believed_when_it_is_unclear(self, sent):
        assert client_address("10.0.0.1", "x-forwarded-for", [sent], TRUSTED) == "10.0.0.1"

    async def test_do_not_make_everybody_one(self, start):
        async with start(TRUSTED_PROXIES="127.0.0.1") as vestibule:
            left = []
            for sent in ("203.0.113.7:51234", "203.0.113.7:51235", "203.0.113.8:51234", "[2001:db8::1]:443"):
                body = {"email": "nobody@example.com", "password": "wrong wrong wrong"}
                answer = await vestibule.post("/api/auth/login", body, **{"X-Forwarded-For": sent})
                left.append(int(answer.headers["ratelimit"].partition("r=")[2].partition(";")[0]))
            assert left[1] == left[0] - 1
            assert left[2:] == [left[0]] * 2
