"""Access rules: how they are written, what they match, and what is said about the ones that are wrong."""

import pytest

from vestibule.domain.access_rule import DENIED, AccessRules, Requirement, clear_path, parse_rules


def rules(text):
    return AccessRules(parse_rules(text))


class TestWriting:
    def test_every_word(self):
        found = rules("""
            # comments and empty lines are nothing

            a.test/public/* public; a.test/closed deny
            a.test/admin/* role=admin,owner aal=2
            A.test/mail verified-email
            a.test/one aal=1
            *.test/* signed-in
        """)
        expected = {
            "/public/x": Requirement(public=True),
            "/closed": Requirement(closed=True),
            "/admin/x": Requirement(aal=2, roles=frozenset({"admin", "owner"})),
            "/mail": Requirement(verified_email=True),
            "/one": Requirement(aal=1),
            "/else": Requirement(),
        }
        assert {path: found.requirement("a.test", path) for path in expected} == expected

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("a.test public", "is no host with a path"),
            ("/x public", "is no host with a path"),
            ("https://a.test/ public", "is no host with a path"),
            ("a.test:8080/ public", "is no host with a path"),
            ("*/x public", "is no host with a path"),
            ("a.*.test/ public", "is no host with a path"),
            ("a.test/x*/y public", "is no host with a path"),
            ("a.test/x* public", "is no host with a path"),
            ("a.test/x-* public", "is no host with a path"),
            ("a.test/a%20b public", "without escapes"),
            ("a.test/a//b public", "without escapes"),
            ("a.test/a/../* public", "without escapes"),
            ("a.test/a%20b/* public", "without escapes"),
            ("a.test/*", "say who may in"),
            ("a.test/* public signed-in", "`public` or `deny` alone"),
            ("a.test/* deny role=a", "`public` or `deny` alone"),
            ("a.test/* aal=3", "`aal=3` is unknown"),
            ("a.test/* aal=0", "`aal=0` is unknown"),
            ("a.test/* level=2", "`level=2` is unknown"),
            ("a.test/* roles=admin", "`roles=admin` is unknown"),
            ("a.test/* role=", "`role=` is unknown"),
            ("a.test/* role=Admin", "`role=Admin` is unknown"),
            ("a.test/* role=a,,b", "`role=a,,b` is unknown"),
            ("a.test/* public=1", "`public=1` is unknown"),
            ("a.test/* aal=1 aal=2", "`aal=2` is unknown, or stands twice"),
            ("a.test/* admin", "`admin` is unknown"),
        ],
    )
    def test_a_wrong_line_is_named(self, line, said):
        with pytest.raises(ValueError, match="rules such as") as refused:
            parse_rules(f"b.test/* signed-in\n{line}")
        assert f"not `{line}`" in str(refused.value)
        assert said in str(refused.value)


class TestMatching:
    @pytest.mark.parametrize(
        ("rule", "host", "path", "matches"),
        [
            ("a.test/*", "a.test", "/", True),
            ("a.test/*", "b.test", "/", False),
            ("b.test/*", "a.test", "/", False),
            ("a.test/*", "x.a.test", "/", False),
            ("*.a.test/*", "x.a.test", "/", True),
            ("*.a.test/*", "x.y.a.test", "/", True),
            ("*.a.test/*", "a.test", "/", False),
            ("*.a.test/*", "xa.test", "/", False),
            ("a.test/x/*", "a.test", "/x", True),
            ("a.test/x/*", "a.test", "/x/", True),
            ("a.test/x/*", "a.test", "/x/y/z?q", True),
            ("a.test/x/*", "a.test", "/xy", False),
            ("a.test/x/*", "a.test", "/X/Y", True),
            ("a.test/x", "a.test", "/x", True),
            ("a.test/x", "a.test", "/X", True),
            ("a.test/x", "a.test", "/x/", False),
            ("a.test/x", "a.test", "/y", False),
        ],
    )
    def test_by_host_and_path(self, rule, host, path, matches):
        found = rules(f"{rule} signed-in")
        assert found.requirement(host, path) == (Requirement() if matches else DENIED)

    def test_what_is_public_is_so_as_it_is_written(self):
        found = rules("a.test/Public/* public")
        assert found.requirement("a.test", "/Public/x").public
        assert found.requirement("a.test", "/public/x") == DENIED

    def test_the_first_decides_and_long_paths_are_judged_like_short_ones(self):
        found = rules("a.test/x/* deny\na.test/* signed-in")
        for length in (1, 200, 253, 254, 255, 256, 257, 400):
            assert found.requirement("a.test", "/x/" + "a" * length).closed
            assert found.requirement("a.test", "/y/" + "a" * length) == Requirement()

    @pytest.mark.parametrize(
        "target", ["/x?a#b", "/x?\u00e9", "/x?" + "a" * 8190, "x", "/x\u00e9", "/%zz", "/%", "/%4"]
    )
    def test_unclear_addresses_have_no_requirement_at_all(self, target):
        assert rules("a.test/* public").requirement("a.test", target) is None

    def test_protects_only_hosts_that_are_named(self):
        found = rules("a.test/* deny\n*.b.test/x public")
        assert [found.protects(host) for host in ("a.test", "x.b.test", "b.test", "c.test")] == [
            True,
            True,
            False,
            False,
        ]


@pytest.mark.parametrize(
    ("path", "clear"),
    [
        ("/a%20b", "/a b"), ("/%C3%A9", "/\u00e9"), ("/a.b/..c/d..", "/a.b/..c/d.."), ("/~x/@y:z/$&'()*+,=", "/~x/@y:z/$&'()*+,="),
        ("/.well-known/x", "/.well-known/x"), ("/a/.", None), ("/a/..", None), ("/./a", None), ("/a%2Fb", None),
        ("/a%2e", None), ("/a%5Cb", None), ("/a%3bb", None), ("/a%25b", None), ("/a%0ab", None), ("/a%7f", None),
        ("/%E2%88%95", "/\u2215"), ("/%EF%BC%8Fadmin", None), ("/%EF%BC%8E%EF%BC%8E/x", None), ("/%ED%A0%80", None),
    ],
)  # fmt: skip
def test_a_path_is_decoded_once(path, clear):
    assert clear_path(path) == clear
