"""ASVS 1.3.6, 13.2.4, 15.3.2: requests to other services reach public addresses only, and what answers them can do nothing
but answer: forty-odd targets, names whose addresses change, and servers that misbehave.
"""

import asyncio
import io
import json
import socket
import sys
from contextlib import asynccontextmanager, redirect_stderr
from datetime import UTC, datetime, timedelta

import pytest

from outbound_servers import HELLO, Authority, Names, endlessly, saying, service, silence
from vestibule.adapters import outbound_http
from vestibule.adapters.outbound_http import OutboundHttp, OutboundLimits
from vestibule.domain.outbound import Failure, NoAnswer, OutboundRule, Refusal, TargetRefused, parse_networks
from vestibule.observability import logs

LOOPBACK = OutboundRule(parse_networks(["127.0.0.0/8"]))
SHORT = OutboundLimits(seconds=0.5)
PUBLIC = "93.184.216.34"

URL, PRIVATE = Refusal.URL, Refusal.PRIVATE_ADDRESS
HOSTILE = [
    # Addresses that are not public, as they are.
    ("https://127.0.0.1/", PRIVATE), ("https://127.8.8.8/", PRIVATE), ("https://0.0.0.0/", PRIVATE),
    ("https://10.0.0.1/", PRIVATE), ("https://172.16.0.1/", PRIVATE), ("https://192.168.1.1/", PRIVATE),
    ("https://169.254.169.254/latest/meta-data/", PRIVATE), ("https://100.100.100.200/", PRIVATE),
    ("https://168.63.129.16/", PRIVATE), ("https://192.0.0.192/", PRIVATE), ("https://198.18.0.1/", PRIVATE),
    ("https://192.0.2.1/", PRIVATE), ("https://224.0.0.1/", PRIVATE), ("https://255.255.255.255/", PRIVATE),
    ("https://[::1]/", PRIVATE), ("https://[::]/", PRIVATE), ("https://[fe80::1]/", PRIVATE),
    ("https://[fd00:ec2::254]/", PRIVATE), ("https://[ff02::1]/", PRIVATE), ("https://[2001:db8::1]/", PRIVATE),
    # IPv4 inside IPv6: mapped, compatible, 6to4, Teredo, NAT64.
    ("https://[::ffff:127.0.0.1]/", PRIVATE), ("https://[::ffff:7f00:1]/", PRIVATE), ("https://[::127.0.0.1]/", PRIVATE),
    ("https://[2002:7f00:1::]/", PRIVATE), ("https://[2001::80ff:fffe]/", PRIVATE), ("https://[64:ff9b::10.0.0.1]/", PRIVATE),
    # Addresses in disguise.
    ("https://127.1/", URL), ("https://2130706433/", URL), ("https://0x7f000001/", URL), ("https://0x7f.0.0.1/", URL),
    ("https://0177.0.0.1/", URL), ("https://127.0.0.01/", URL), ("https://127.0.0.1./", URL), ("https://10.0.0.256/", URL),
    ("https://1.2.3.0x/", URL), ("https://[::1%25lo]/", URL), ("https://[fe80::1%eth0]/", URL), ("https://[v1.x]/", URL),
    ("https://１２７.0.0.1/", URL), ("https://①②⑦.0.0.1/", URL), ("https://127。0。0。1/", URL), ("https://%31%32%37.1/", URL),
    # What two parsers read differently.
    ("https://example.com@127.0.0.1/", URL), ("https://user:word@example.com/", URL), ("https://example.com\\@10.0.0.1/", URL),
    ("https://example.com#@10.0.0.1/", URL), ("https://example.com:443@10.0.0.1/", URL), ("https:///example.com/", URL),
    ("https://example.com\r\nHost: 10.0.0.1/", URL), ("https://exa\tmple.com/", URL), (" https://example.com/", URL),
    ("https://example.com/\n", URL), ("//example.com/", URL), ("https://", URL), ("https://.example.com/", URL),
    ("https://example..com/", URL), ("https://-example.com/", URL), (f"https://{'a' * 64}.com/", URL),
    (f"https://example.com/{'a' * 2048}", URL), ("https://exampleſ.com/", URL), ("httpſ://example.com/", URL),
    # Schemes and ports.
    ("file:///etc/passwd", URL), ("gopher://example.com/", URL), ("ftp://example.com/", URL), ("unix:///run/x", URL),
    ("http://example.com/", Refusal.PLAIN_HTTP), ("https://example.com:22/", Refusal.PORT),
    ("https://example.com:0/", URL), ("https://example.com:65536/", URL), ("https://example.com:0443/", URL),
    ("https://example.com:/", URL), ("https://example.com:+443/", URL), ("https://example.com:４４３/", URL),
]  # fmt: skip
# Names whose servers answer with these addresses.
NAMES = [
    ["127.0.0.1"], ["10.0.0.1"], ["169.254.169.254"], ["100.64.0.1"], ["::1"], ["fd00::1"], ["fe80::1%2"],
    ["::ffff:127.0.0.1"], ["64:ff9b::7f00:1"], ["2002:7f00:1::"], ["0.0.0.0"], [PUBLIC, "127.0.0.1"], ["127.0.0.1", PUBLIC],
    [PUBLIC, "::1"], ["2606:4700::1111", PUBLIC, "192.168.0.1"],
]  # fmt: skip

_connected: list[object] = []
sys.addaudithook(lambda event, args: _connected.append(args[1]) if event == "socket.connect" else None)


@asynccontextmanager
async def client(rule=LOOPBACK, limits=SHORT, names=None):
    http = OutboundHttp(rule, limits, resolver=names)
    try:
        yield http
    finally:
        await http.close()


class TestTargets:
    @pytest.mark.parametrize(("url", "reason"), HOSTILE)
    async def test_a_hostile_target_is_refused_before_its_name_is_looked_up(self, url, reason):
        names = Names({"example.com": [[PUBLIC]]})
        _connected.clear()
        async with client(OutboundRule(), names=names) as http:
            with pytest.raises(TargetRefused) as caught:
                await http.request("GET", url)
        assert caught.value.reason == reason
        assert (names.lookups, _connected) == ([], [])

    @pytest.mark.parametrize("addresses", NAMES)
    async def test_a_name_is_refused_for_one_address(self, addresses):
        names = Names({"example.com": [addresses]})
        _connected.clear()
        async with client(OutboundRule(), names=names) as http:
            with pytest.raises(TargetRefused) as caught:
                await http.request("GET", "https://example.com/")
        assert caught.value.reason == Refusal.PRIVATE_ADDRESS
        assert (names.lookups, _connected) == (["example.com"], [])

    async def test_the_system_s_own_names_for_this_machine_are_refused(self):
        async with client(OutboundRule(), OutboundLimits()) as http:
            with pytest.raises(TargetRefused) as caught:
                await http.request("GET", "https://localhost/")
            assert caught.value.reason == Refusal.PRIVATE_ADDRESS

    async def test_a_network_opens_itself_and_no_other(self):
        async with service() as local, client(OutboundRule(parse_networks(["127.0.0.1/32"]))) as http:
            assert (await http.request("GET", f"http://127.0.0.1:{local.port}/")).body == b"hello"
            with pytest.raises(TargetRefused):
                await http.request("GET", f"http://127.0.0.2:{local.port}/")
            assert local.connections == 1

    async def test_a_refusal_is_logged_with_its_reason_and_without_the_url(self, monkeypatch):
        with redirect_stderr(io.StringIO()) as log:
            logs.configure(json=True, level="warning")
            monkeypatch.setattr(outbound_http, "_log", logs.get_logger("outbound_http"))
            async with client(OutboundRule(), names=Names({"example.com": [["10.0.0.1"]]})) as http:
                for url in ("https://example.com/hook?key=hocuspocus", "https://me:hocuspocus@example.com/"):
                    with pytest.raises(TargetRefused):
                        await http.request("GET", url)
        lines = [json.loads(line) for line in log.getvalue().splitlines()]
        assert [(line["event"], line["host"], line["reason"]) for line in lines] == [
            ("refused", "example.com", "private_address"), ("refused", "", "url"),
        ]  # fmt: skip
        assert "hocuspocus" not in log.getvalue()


class TestNames:
    async def test_a_name_that_is_bound_again_reaches_the_checked_address_only(self):
        """DNS rebinding: an allowed address for the check, this machine's own for a second look-up."""
        rule = OutboundRule(parse_networks(["127.0.0.2/32"]))
        names = Names({"rebound.example": [["127.0.0.2"], ["127.0.0.1"]]})
        closing = HELLO.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        async with (
            service(saying(closing), host="127.0.0.2") as chosen,
            service(host="127.0.0.1", port=chosen.port) as secret,
            client(rule, names=names) as http,
        ):
            url = f"http://rebound.example:{chosen.port}/"
            assert (await http.request("GET", url)).body == b"hello"
            assert names.lookups == ["rebound.example"]
            with pytest.raises(TargetRefused):
                await http.request("GET", url)
            assert (chosen.connections, secret.connections) == (1, 0)

    async def test_a_kept_connection_is_used_again_without_a_look_up(self):
        names = Names({"kept.example": [["127.0.0.1"]]})
        async with service() as local, client(names=names) as http:
            for _ in range(3):
                await http.request("GET", f"http://kept.example:{local.port}/")
            assert (local.connections, names.lookups) == (1, ["kept.example"])

    async def test_an_address_that_does_not_answer_is_passed_over(self):
        names = Names({"two.example": [["127.0.0.3", "127.0.0.2"]]})
        async with service(host="127.0.0.2") as local, client(names=names) as http:
            assert (await http.request("GET", f"http://two.example:{local.port}/")).status == 200

    @pytest.mark.parametrize(
        ("answers", "reason"), [({}, Failure.UNRESOLVED), ({"x.example": [[]]}, Failure.UNRESOLVED)]
    )
    async def test_a_name_without_addresses_is_unresolved(self, answers, reason):
        async with client(names=Names(answers)) as http:
            with pytest.raises(NoAnswer) as caught:
                await http.request("GET", "https://x.example/")
        assert caught.value.reason == reason

    async def test_a_name_server_that_never_answers_is_left(self):
        class Silent(Names):
            async def resolve(self, name):
                await asyncio.Event().wait()

        async with client(names=Silent({})) as http:
            with pytest.raises(NoAnswer) as caught:
                await http.request("GET", "https://x.example/")
        assert caught.value.reason == Failure.TIMEOUT

    async def test_an_unused_address_is_unreachable(self):
        async with service() as local:
            port = local.port
        async with client() as http:
            with pytest.raises(NoAnswer) as caught:
                await http.request("GET", f"http://127.0.0.1:{port}/")
        assert caught.value.reason == Failure.UNREACHABLE


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
PART = b"x" * 65536
MISBEHAVING = {
    "says nothing": (silence, Failure.TIMEOUT),
    "drips its head": (endlessly(OK + b"X: ", b"x", pause=0.01), Failure.TIMEOUT),
    "drips its body": (endlessly(OK + b"Content-Length: 60000\r\n\r\n", b"x", pause=0.01), Failure.TIMEOUT),
    "never ends its headers": (endlessly(OK, b"X: " + b"x" * 1000 + b"\r\n"), Failure.BROKEN),
    "never ends one header": (endlessly(OK + b"X: ", PART), Failure.BROKEN),
    "sends interim answers": (endlessly(b"", b"HTTP/1.1 100 Continue\r\nX: " + b"x" * 1000 + b"\r\n\r\n"), Failure.TOO_LARGE),
    "announces 10 GB": (endlessly(OK + b"Content-Length: 10000000000\r\n\r\n", PART), Failure.TOO_LARGE),
    "sends until it is left": (endlessly(OK + b"\r\n", PART), Failure.TOO_LARGE),
    "sends chunks for ever": (endlessly(CHUNKED, b"10000\r\n" + PART + b"\r\n"), Failure.TOO_LARGE),
    "hides bytes in chunk extensions": (endlessly(CHUNKED, b"1;x=" + b"x" * 1000 + b"\r\nx\r\n"), Failure.TOO_LARGE),
    "sends trailers for ever": (endlessly(CHUNKED + b"0\r\n", b"X: " + b"x" * 1000 + b"\r\n"), Failure.BROKEN),
    "compresses": (saying(OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b"), Failure.ENCODED),
    "compresses twice": (saying(OK + b"Content-Encoding: identity\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx"), Failure.ENCODED),
    "has two lengths": (saying(OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"), Failure.BROKEN),
    "sends a negative length": (saying(OK + b"Content-Length: -1\r\n\r\n"), Failure.BROKEN),
    "transfers what we cannot read": (saying(OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), Failure.BROKEN),
    "switches protocols": (saying(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"), Failure.BROKEN),
    "speaks something else": (saying(b"220 mail.example.com ESMTP\r\n\r\n"), Failure.BROKEN),
    "speaks HTTP/0.9": (saying(b"hello\r\n\r\n"), Failure.BROKEN),
}  # fmt: skip


class TestMisbehaving:
    @pytest.mark.parametrize("kind", MISBEHAVING)
    async def test_a_server_that_misbehaves_is_left(self, kind):
        respond, reason = MISBEHAVING[kind]
        async with service(respond) as local, client() as http:
            with pytest.raises(NoAnswer) as caught:
                await http.request("GET", f"http://127.0.0.1:{local.port}/")
        assert caught.value.reason == reason
        assert "hello" not in str(caught.value)

    async def test_a_server_that_hangs_up_is_broken(self):
        async def hang_up(_, writer):
            writer.write(OK + b"Content-Length: 9\r\n\r\nhello")
            writer.close()

        async with service(hang_up) as local, client() as http:
            with pytest.raises(NoAnswer) as caught:
                await http.request("GET", f"http://127.0.0.1:{local.port}/")
        assert caught.value.reason == Failure.BROKEN

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    async def test_a_redirect_to_the_metadata_service_is_an_answer(self, status):
        head = f"HTTP/1.1 {status} Elsewhere\r\nLocation: http://169.254.169.254/latest/\r\nContent-Length: 0\r\n\r\n"
        _connected.clear()
        async with service(saying(head.encode())) as local, client() as http:
            answer = await http.request("GET", f"http://127.0.0.1:{local.port}/")
            assert (answer.status, answer.is_success) == (status, False)
            assert _connected == [("127.0.0.1", local.port)]

    async def test_a_body_may_be_as_large_as_the_limit(self):
        limits = OutboundLimits(seconds=5, most_bytes=100_000)
        for size, fits in ((100_000, True), (100_001, False)):
            answer = OK + b"Content-Length: %d\r\n\r\n" % size + b"x" * size
            async with service(saying(answer)) as local, client(limits=limits) as http:
                if fits:
                    assert len((await http.request("GET", f"http://127.0.0.1:{local.port}/")).body) == size
                else:
                    with pytest.raises(NoAnswer):
                        await http.request("GET", f"http://127.0.0.1:{local.port}/")

    async def test_each_answer_on_a_kept_connection_has_the_whole_limit(self):
        answer = OK + b"Content-Length: 60000\r\n\r\n" + b"x" * 60_000
        async with service(saying(answer)) as local, client(limits=OutboundLimits()) as http:
            for _ in range(8):
                assert len((await http.request("GET", f"http://127.0.0.1:{local.port}/")).body) == 60_000
            assert local.connections == 1

    async def test_no_more_connections_than_allowed_are_open(self):
        async with service(silence) as local, client(limits=OutboundLimits(seconds=0.5, connections=2)) as http:
            url = f"http://127.0.0.1:{local.port}/"
            problems = await asyncio.gather(*(http.request("GET", url) for _ in range(6)), return_exceptions=True)
            assert {problem.reason for problem in problems} == {Failure.TIMEOUT}
            assert local.connections <= 4
            local.respond = saying(HELLO)
            assert (await http.request("GET", url)).body == b"hello"


class TestWhatIsSent:
    async def test_no_cookie_proxy_or_password_file_is_used(self, monkeypatch, tmp_path):
        (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password hocuspocus\n")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        answer = HELLO.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=b; Path=/\r\n\r\n")
        async with service() as proxy, service(saying(answer)) as local, client() as http:
            for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
                monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            for _ in range(2):
                await http.request("GET", f"http://127.0.0.1:{local.port}/a?b=c", headers={"X-Own": "1"})
            assert proxy.connections == 0
            sent = ["GET /a?b=c HTTP/1.1", f"Host: 127.0.0.1:{local.port}", "User-Agent: vestibule"]
            head = "\r\n".join([*sent, "Accept-Encoding: identity", "X-Own: 1", "\r\n"])
            assert local.heads == [head, head]

    @pytest.mark.parametrize("headers", [{"X": "a\r\nY: b"}, {"X\r\nY": "b"}, {"Host": "10.0.0.1"}, {"X": "a\x00"}])
    async def test_no_header_smuggles_another_one(self, headers):
        async with service() as local, client() as http:
            with pytest.raises(NoAnswer):
                await http.request("GET", f"http://127.0.0.1:{local.port}/", headers=headers)
            assert local.heads == []


class TestTls:
    @pytest.fixture
    def authority(self, tmp_path, monkeypatch):
        made = Authority(tmp_path)
        monkeypatch.setenv("SSL_CERT_FILE", str(made.path))
        return made

    async def test_the_name_is_verified_though_the_connection_goes_to_an_address(self, authority):
        shown = []
        context = authority.context("id.example")
        context.sni_callback = lambda _, name, __: shown.append(name)
        names = Names({"id.example": [["127.0.0.1"]]})
        async with service(tls=context) as local, client(limits=OutboundLimits(), names=names) as http:
            assert (await http.request("GET", f"https://id.example:{local.port}/")).body == b"hello"
            assert shown == ["id.example"]
            assert f"Host: id.example:{local.port}\r\n" in local.heads[0]

    @pytest.mark.parametrize("wrong", ["name", "authority", "expired", "address"])
    async def test_a_wrong_certificate_is_refused(self, authority, wrong, tmp_path):
        name = "other.example" if wrong == "name" else "id.example"
        signer = authority
        if wrong == "authority":
            (tmp_path / "unknown").mkdir()
            signer = Authority(tmp_path / "unknown")
        ends = datetime.now(UTC) - timedelta(days=1) if wrong == "expired" else None
        host = "127.0.0.1" if wrong == "address" else "id.example"
        names = Names({"id.example": [["127.0.0.1"]]})
        async with service(tls=signer.context(name, ends=ends)) as local, client(names=names) as http:
            with pytest.raises(NoAnswer) as caught:
                await http.request("GET", f"https://{host}:{local.port}/")
            assert caught.value.reason == Failure.TLS
            assert caught.value.detail
            assert local.heads == []

    async def test_plain_http_on_the_port_of_https_gets_no_request(self):
        async with service(saying(HELLO)) as local, client() as http:
            with pytest.raises(NoAnswer) as caught:
                await http.request("GET", f"https://127.0.0.1:{local.port}/")
        assert caught.value.reason in (Failure.TLS, Failure.TIMEOUT)

    async def test_a_handshake_that_never_ends_is_left(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            async with client() as http:
                with pytest.raises(NoAnswer) as caught:
                    await http.request("GET", f"https://127.0.0.1:{silent.getsockname()[1]}/")
        assert caught.value.reason == Failure.TIMEOUT

    async def test_a_request_that_ends_during_the_handshake_leaves_no_connection(self):
        greeted, left = asyncio.Event(), asyncio.Event()

        async def silent(reader, writer):
            await reader.readexactly(1)
            greeted.set()
            await reader.read()
            left.set()
            writer.close()

        async with (
            await asyncio.start_server(silent, "127.0.0.1", 0) as server,
            client(limits=OutboundLimits(60)) as http,
        ):
            asked = asyncio.create_task(http.request("GET", f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"))
            await greeted.wait()
            asked.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asked
            async with asyncio.timeout(30):
                await left.wait()
