"""ASVS 6.2.12: stolen passwords, from a file of our own and by a lookup that learns nothing; and domains of addresses."""

import asyncio
import hashlib
import threading
import unicodedata
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import dns.asyncresolver
import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from harness import PASSWORD
from servers import command, free_port
from vestibule.adapters import password_filter
from vestibule.adapters.mail_domains import DomainChecks
from vestibule.adapters.password_filter import PasswordFilter

STOLEN = "seven wooden spoons"
LOOPBACK = {"OUTBOUND_NETWORKS": "127.0.0.1/32"}


class TestFilter:
    def test_holds_every_entry_and_few_others(self, tmp_path):
        entries = [f"password number {n}" for n in range(5000)]
        built = password_filter.build(entries, tmp_path / "f", entries=5000, false_positives=0.001)
        found = PasswordFilter(str(tmp_path / "f"))
        assert all(found.contains(entry) for entry in entries)
        wrong = sum(found.contains(f"another {n}") for n in range(20_000))
        found.close()
        assert wrong < 60
        assert built.entries == 5000
        assert built.size < 5000 * 1.9
        assert 0.0005 < built.false_positives < 0.002

    def test_takes_hashes_as_they_are_published(self, tmp_path):
        digest = hashlib.sha1(STOLEN.encode()).hexdigest().upper()
        password_filter.build(
            [f"{digest}:42\r\n", "plain one\n", "\n"], tmp_path / "f", entries=2, false_positives=0.001
        )
        found = PasswordFilter(str(tmp_path / "f"))
        assert found.contains(STOLEN)
        assert found.contains("plain one")
        assert found.entries == 2
        found.close()

    @pytest.mark.parametrize("listed", ["NFC", "NFD"])
    async def test_a_listed_password_is_refused_in_every_spelling(self, start, tmp_path, listed):
        stolen = "sept cuillères dérobées"
        entries = [unicodedata.normalize(listed, stolen)]
        password_filter.build(entries, tmp_path / "f", entries=2, false_positives=1e-9)
        async with start(BREACHED_FILTER=str(tmp_path / "f")) as vestibule:
            for typed in ("NFC", "NFD"):
                refused = await vestibule.register(password=unicodedata.normalize(typed, stolen))
                assert refused.json()["errorCodes"] == {"password": "password_breached"}
            assert (await vestibule.register(password=f"{stolen}, deux fois")).status_code == 201

    def test_a_list_may_hold_lines_that_are_no_text(self, tmp_path):
        (tmp_path / "list").write_bytes(b"good enough\nca\xf1on de papel\n")
        done = command("passwords", "build-filter", "list", "filter", folder=tmp_path)
        assert done.returncode == 0, done.stderr

    @pytest.mark.parametrize(
        "content", [b"", b"x", b"VSTBLOOM1", b"VSTBLOOM1" + b"\x0a" + b"\0" * 7 + b"\xff" + b"\0" * 8, b"a" * 1000]
    )
    def test_a_file_that_is_none_stops_the_start(self, tmp_path, content):
        path = tmp_path / "f"
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"filter|cut off|empty"):
            PasswordFilter(str(path))

    def test_the_command_builds_one_and_says_its_size(self, tmp_path):
        (tmp_path / "list").write_text("\n".join(f"password number {n}" for n in range(1000)))
        done = command("passwords", "build-filter", "list", "filter", folder=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "1,000 entries" in done.stderr
        assert "refused by mistake" in done.stderr
        missing = command("passwords", "build-filter", "nothing", "filter", folder=tmp_path)
        assert missing.returncode == 1
        assert "Traceback" not in missing.stderr


class Range(BaseHTTPRequestHandler):
    """The range protocol, with whatever mood the server is in."""

    def do_GET(self):
        self.server.asked.append(self.path)
        digest = hashlib.sha1(STOLEN.encode()).hexdigest().upper()
        if self.server.mood == "redirect":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
            return
        if self.server.mood == "broken":
            self.send_response(500)
            self.end_headers()
            return
        lines = [f"{digest[5:]}:7" if self.path.endswith(digest[:5]) else "0" * 35 + ":3", "F" * 35 + ":0"]
        if self.server.mood == "long":
            lines = [f"{n:035X}:1234567" for n in range(6000)] + lines
        if self.server.mood == "padding":
            lines = [f"{digest[5:]}:0"]
        body = "\r\n".join(lines).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Quiet."""


@pytest.fixture
def lookup():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Range)
    server.mood, server.asked = "well", []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


class TestLookup:
    def settings(self, server, **more):
        return {"BREACHED_LOOKUP": f"http://127.0.0.1:{server.server_port}", **LOOPBACK, **more}

    async def test_refuses_what_was_stolen_and_sends_five_digits(self, start, lookup):
        async with start(**self.settings(lookup)) as vestibule:
            refused = await vestibule.register(password=STOLEN)
            assert refused.json()["errorCodes"]["password"] == "password_breached"
            assert (await vestibule.register(password=PASSWORD)).status_code == 201
        assert all(len(path) == len("/range/12345") for path in lookup.asked)

    async def test_padding_counts_for_nothing(self, start, lookup):
        lookup.mood = "padding"
        async with start(**self.settings(lookup)) as vestibule:
            assert (await vestibule.register(password=STOLEN)).status_code == 201

    async def test_a_range_may_be_six_times_as_long_as_today_s(self, start, lookup):
        lookup.mood = "long"
        async with start(**self.settings(lookup)) as vestibule:
            refused = await vestibule.register(password=STOLEN)
            assert refused.json()["errorCodes"]["password"] == "password_breached"

    async def test_a_name_of_a_private_address_is_not_called_unless_its_network_is_named(self, start, lookup):
        address = f"https://localhost:{lookup.server_port}"
        own = "10.20.0.0/16"
        async with start(BREACHED_LOOKUP=address, BREACHED_LOOKUP_FAILURE="refuse", OUTBOUND_NETWORKS=own) as vestibule:
            assert (await vestibule.register()).json()["code"] == "password_check_unavailable"
        assert lookup.asked == []

    @pytest.mark.parametrize("mood", ["broken", "redirect", "gone"])
    async def test_silence_is_what_the_operator_says(self, start, lookup, mood):
        lookup.mood = mood
        gone = {"BREACHED_LOOKUP": f"http://127.0.0.1:{free_port()}"} if mood == "gone" else {}
        address = self.settings(lookup) | gone
        async with start(**address) as vestibule:
            assert (await vestibule.register()).status_code == 201
        async with start(**address, BREACHED_LOOKUP_FAILURE="refuse") as vestibule:
            answer = await vestibule.register("bobby")
            assert (answer.status_code, answer.json()["code"]) == (503, "password_check_unavailable")
            assert await vestibule.rows("SELECT 1 FROM users WHERE username = 'bobby'") == []

    async def test_signing_in_asks_nobody(self, start, lookup):
        async with start(**self.settings(lookup)) as vestibule:
            await vestibule.register()
            asked = len(lookup.asked)
            await vestibule.log_in()
            assert len(lookup.asked) == asked


class Names(asyncio.DatagramProtocol):
    """A small name server: `good` takes mail, `none` says that it does not, `bare` has an address only."""

    silent = False

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        if self.silent:
            return
        query = dns.message.from_wire(data)
        answer, name = dns.message.make_response(query), query.question[0].name
        kind, first = query.question[0].rdtype, str(name).partition(".")[0]
        records = {
            ("good", 15): "10 mail.good.test.", ("none", 15): "0 .", ("bare", 1): "192.0.2.1",
        }  # fmt: skip
        if (first, int(kind)) in records:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind.name, records[first, int(kind)]))
        elif first not in ("good", "none", "bare", "empty"):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self.transport.sendto(answer.to_wire(), address)


@pytest.fixture
async def names():
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(Names, local_addr=("127.0.0.1", 0))
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = transport.get_extra_info("sockname")[1]
    resolver.lifetime = 0.5
    yield protocol, DomainChecks(disposable=False, mail_exchanger=True, resolver=resolver)
    transport.close()


class TestDomains:
    @pytest.mark.parametrize(
        ("domain", "verdict"),
        [
            ("good.test", None),
            ("bare.test", None),
            ("none.test", "no_mail"),
            ("empty.test", "no_mail"),
            ("nowhere.test", "no_mail"),
        ],
    )
    async def test_that_take_no_mail_are_refused(self, names, domain, verdict):
        _, checks = names
        assert await checks.refuses(domain) == verdict

    async def test_a_silent_name_server_refuses_nobody(self, names, monkeypatch):
        from vestibule.adapters import mail_domains

        protocol, checks = names
        protocol.silent = True
        monkeypatch.setattr(mail_domains, "_TIMEOUT_SECONDS", 0.3)
        assert await checks.refuses("good.test") is None

    @pytest.mark.parametrize(
        ("email", "status"), [("a@mailinator.com", 422), ("a@sub.mailinator.com", 422), ("a@example.com", 201)]
    )
    async def test_throw_away_mailboxes_are_the_operator_s_choice(self, start, email, status):
        async with start(DISPOSABLE_EMAILS="refuse") as vestibule:
            assert (await vestibule.register("alice", email)).status_code == status
        async with start() as vestibule:
            assert (await vestibule.register("bobby", email.replace("a@", "b@"))).status_code == 201
