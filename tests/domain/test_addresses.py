"""Who sent it, and under which name: strict readers of the two headers that proxies and clients write."""

from ipaddress import ip_network
from types import SimpleNamespace

import pytest

from vestibule.domain.ip_address import limit_key
from vestibule.http.client_address import client_address
from vestibule.http.host import Hosts

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("::1/128"))
XFF, FORWARDED = "x-forwarded-for", "forwarded"


class TestClientAddress:
    @pytest.mark.parametrize(
        ("peer", "header", "values", "expected"),
        [
            ("192.0.2.1", XFF, ["198.51.100.7"], "192.0.2.1"),
            ("10.0.0.5", XFF, [], "10.0.0.5"),
            ("10.0.0.5", XFF, ["198.51.100.7"], "198.51.100.7"),
            ("10.0.0.5", XFF, ["1.2.3.4, 198.51.100.7"], "198.51.100.7"),
            ("10.0.0.5", XFF, ["1.2.3.4", "198.51.100.7, 10.0.0.9"], "198.51.100.7"),
            ("10.0.0.5", XFF, ["1.2.3.4, nonsense"], "10.0.0.5"),
            ("10.0.0.5", XFF, ["1.2.3.4, nonsense, 10.0.0.7"], "10.0.0.7"),
            ("10.0.0.5", XFF, ["10.0.0.6, 10.0.0.7"], "10.0.0.6"),
            ("10.0.0.5", XFF, [", ".join(["10.0.0.1"] * 32)], "10.0.0.1"),
            ("10.0.0.5", XFF, [", ".join(["10.0.0.1"] * 33)], "10.0.0.5"),
            ("10.0.0.5", XFF, ["198.51.100.7" + " " * 5000], "10.0.0.5"),
            ("10.0.0.5", XFF, ["fe80::1%eth0"], "10.0.0.5"),
            ("::1", XFF, ["::ffff:198.51.100.7"], "198.51.100.7"),
            ("not an address", XFF, ["198.51.100.7"], ""),
            ("10.0.0.5", FORWARDED, ["for=198.51.100.7"], "198.51.100.7"),
            ("10.0.0.5", FORWARDED, ["For=198.51.100.7;proto=https;by=10.0.0.5"], "198.51.100.7"),
            ("10.0.0.5", FORWARDED, ['for="198.51.100.7:4711"'], "198.51.100.7"),
            ("10.0.0.5", FORWARDED, ['for="[2001:db8::7]"'], "2001:db8::7"),
            ("10.0.0.5", FORWARDED, ["for=[2001:db8::7]"], "10.0.0.5"),
            ("10.0.0.5", FORWARDED, ["proto=https"], "10.0.0.5"),
            ("10.0.0.5", FORWARDED, ["for=1.2.3.4;for=5.6.7.8"], "10.0.0.5"),
            ("10.0.0.5", FORWARDED, ["for=1.2.3.4, for=198.51.100.7;proto=https"], "198.51.100.7"),
            ("10.0.0.5", FORWARDED, ["198.51.100.7"], "10.0.0.5"),
        ],
    )
    def test_is_the_last_hop_that_nobody_here_vouches_for(self, peer, header, values, expected):
        assert client_address(peer, header, values, TRUSTED) == expected

    @pytest.mark.parametrize(
        ("address", "key"),
        [
            ("198.51.100.7", "198.51.100.7"),
            ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
            ("", "unknown"),
            ("x", "unknown"),
        ],
    )
    def test_is_counted_by_customer(self, address, key):
        assert limit_key(address) == key


class TestHosts:
    HOSTS = Hosts(SimpleNamespace(hosts=frozenset({"id.example.com", "[::1]"})))

    @pytest.mark.parametrize(
        "value", ["id.example.com", "ID.Example.Com", "id.example.com:8443", "id.example.com.", "[::1]:80", "[::1]"]
    )
    def test_ours_are_known_whatever_the_port_and_the_case(self, value):
        assert self.HOSTS.knows(value.encode())
        assert self.HOSTS.knows(value.encode())
        assert self.HOSTS.accepts([(b"accept", b"x"), (b"host", value.encode())])

    @pytest.mark.parametrize(
        "value",
        [
            "",
            "evil.example",
            "id.example.com.evil.example",
            "id.example.com:x",
            "id.example.com:123456",
            "x@id.example.com",
            "id.example.com/",
            " id.example.com",
            "::1",
        ],
    )
    def test_others_are_not(self, value):
        assert not self.HOSTS.knows(value.encode())

    def test_one_is_wanted(self):
        assert not self.HOSTS.accepts([])
        assert not self.HOSTS.accepts([(b"host", b"id.example.com"), (b"host", b"id.example.com")])

    def test_spellings_are_remembered_up_to_a_bound(self):
        hosts = Hosts(SimpleNamespace(hosts=frozenset({"id.example.com"})))
        for port in range(1, 500):
            assert hosts.knows(f"id.example.com:{port}".encode())
        assert len(hosts._seen) == 64
