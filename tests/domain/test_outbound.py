"""Which addresses are in the internet's public space, how a URL is read, and what the operator's networks open."""

from contextlib import suppress
from ipaddress import IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vestibule.domain.outbound import (
    OutboundRule,
    Refusal,
    TargetRefused,
    is_public,
    parse_networks,
    parse_target,
)

SPECIAL = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "168.63.129.16/32",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/128",
    "::1/128",
    "::/96",
    "::ffff:0:0/96",
    "::ffff:0:0:0/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "100:0:0:1::/64",
    "2001::/32",
    "2001:2::/48",
    "2001:10::/28",
    "2001:20::/28",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "4000::/3",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2606:4700::1111",
    "2001:4860:4860::8888",
    "2001:200::1",
    "2a00:1450::1",
    "3ffe:ffff::1",
]


@pytest.mark.parametrize("network", SPECIAL)
def test_no_end_of_a_special_network_is_public(network):
    addresses = ip_network(network)
    for address in (addresses[0], addresses[-1], addresses[addresses.num_addresses // 2]):
        assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_the_neighbours_of_special_networks_are_public(address):
    assert is_public(ip_address(address))


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_nothing_is_public_that_python_calls_private_or_multicast(address):
    assert not is_public(address) or (address.is_global and not address.is_multicast)


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_travels_inside_an_ipv6_one(address):
    for prefix in ("::", "::ffff:0:0", "64:ff9b::"):
        assert not is_public(IPv6Address(int(IPv6Address(prefix)) + int(address)))
    assert not is_public(IPv6Address((0x2002 << 112) + (int(address) << 80)))
    assert not is_public(IPv6Address((0x20010000 << 96) + int(address)))


@pytest.mark.parametrize(
    ("url", "authority", "port", "path"),
    [
        ("https://example.com", "example.com", 443, "/"),
        ("HTTPS://Example.COM:443/a/b?c=d&e=%20", "example.com", 443, "/a/b?c=d&e=%20"),
        ("https://example.com:8443/", "example.com:8443", 8443, "/"),
        ("http://mirror:8080/range", "mirror:8080", 8080, "/range"),
        ("http://my_mirror/", "my_mirror", 80, "/"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", 443, "/"),
        ("https://93.184.216.34/", "93.184.216.34", 443, "/"),
        ("https://[2606:4700:0:0::1111]/", "[2606:4700::1111]", 443, "/"),
        ("https://4.example.com/", "4.example.com", 443, "/"),
    ],
)
def test_a_url_is_read(url, authority, port, path):
    target = parse_target(url)
    assert (target.authority, target.port, target.path) == (authority, port, path)


@given(st.text(max_size=60))
def test_any_text_is_a_target_or_refused(text):
    for url in (text, f"https://{text}", f"https://example.com{text}", f"https://{text}.example.com/"):
        with suppress(TargetRefused):
            target = parse_target(url)
            assert url.isascii()
            assert not set(url) & set("\\# \r\n\t")
            assert url.count("@") == target.path.count("@")


class TestRule:
    def refusal(self, url, *addresses, networks=()):
        target = parse_target(url)
        rule = OutboundRule(parse_networks(networks))
        return rule.refusal(target.scheme, target.port, [ip_address(address) for address in addresses])

    def test_public_addresses_are_called_over_https_on_two_ports(self):
        assert self.refusal("https://example.com", "1.1.1.1", "2606:4700::1111") is None
        assert self.refusal("https://example.com:8443", "1.1.1.1") is None
        assert self.refusal("http://example.com", "1.1.1.1") == Refusal.PLAIN_HTTP
        for port in (22, 25, 80, 444, 5432, 6379, 9200):
            assert self.refusal(f"https://example.com:{port}", "1.1.1.1") == Refusal.PORT

    def test_one_private_address_among_public_ones_is_enough(self):
        for addresses in (["1.1.1.1", "10.0.0.1"], ["10.0.0.1", "1.1.1.1"], ["1.1.1.1", "::1"]):
            assert self.refusal("https://example.com", *addresses) == Refusal.PRIVATE_ADDRESS

    def test_a_network_of_the_operator_is_called_on_any_port_and_over_http(self):
        own = ["10.20.0.0/16", "fd00:1::/64"]
        assert self.refusal("http://mirror:8080", "10.20.0.5", "fd00:1::5", networks=own) is None
        assert self.refusal("https://mirror", "10.20.0.5", "1.1.1.1", networks=own) is None
        assert self.refusal("http://mirror", "10.20.0.5", "1.1.1.1", networks=own) == Refusal.PLAIN_HTTP
        assert self.refusal("http://mirror", "10.21.0.5", networks=own) == Refusal.PRIVATE_ADDRESS
        assert self.refusal("http://mirror", "::ffff:10.20.0.5", networks=own) == Refusal.PRIVATE_ADDRESS

    @pytest.mark.parametrize(
        "network", ["0.0.0.0/0", "::/0", "10.0.0.1/8", "10.0.0.0/33", "fe80::1%eth0", "mirror", "*"]
    )
    def test_what_is_no_network_or_all_of_them_is_refused(self, network):
        with pytest.raises(ValueError):
            parse_networks([network])
