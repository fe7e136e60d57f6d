"""Addresses of databases: one reading of each for every program, and nothing of a password in any message."""

from pathlib import Path

import pytest

from vestibule.db.url import libpq_environment
from vestibule.domain.database_url import DatabaseUrlError, parse, sqlite_text

# Every way to write a server down, with what all programs understand by it.
WRITTEN = {
    "postgresql://u:p@h:5433/d": ((("h", 5433),), "u", "p", "d"),
    "postgres://u:p@h/d": ((("h", None),), "u", "p", "d"),
    "PostgreSQL://u:p@H.Example/D": ((("h.example", None),), "u", "p", "D"),
    "postgresql://u:%23%2F%3F%5B%40%25%20@h/d": ((("h", None),), "u", "#/?[@% ", "d"),
    "postgresql://u:a:b@h/d": ((("h", None),), "u", "a:b", "d"),
    "postgresql://u:a+b@h/d": ((("h", None),), "u", "a+b", "d"),
    "postgresql://me%40tenant:p@h/d": ((("h", None),), "me@tenant", "p", "d"),
    "postgresql://u:p@a:1,b,[::1]:3/d": ((("a", 1), ("b", None), ("::1", 3)), "u", "p", "d"),
    "postgresql://u:p@/d?host=a,b&port=1,2": ((("a", 1), ("b", 2)), "u", "p", "d"),
    "postgresql://u:p@/d?host=a,b&port=7": ((("a", 7), ("b", 7)), "u", "p", "d"),
    "postgresql:///d?host=/run/pg&user=u&password=p": ((("/run/pg", None),), "u", "p", "d"),
    "postgresql://u:p@%2Frun%2Fpg:5433/d": ((("/run/pg", 5433),), "u", "p", "d"),
    "postgresql://postgres:@/d?host=/run/pg": ((("/run/pg", None),), "postgres", "", "d"),
    "postgresql://u:p@[0:0:0:0:0:0:0:1]:9/d": ((("::1", 9),), "u", "p", "d"),
    "postgresql:///d": ((), "", "", "d"),
    "postgresql://h": ((("h", None),), "", "", ""),
    "postgresql://u:p@h?dbname=d": ((("h", None),), "u", "p", "d"),
    "postgresql://u:p@h/a%2Fb": ((("h", None),), "u", "p", "a/b"),
}
SIGNS = "#/?[]@% \t\n"
TWO_HALVES = ("hocus", "pocus")


def refusal(text: str) -> DatabaseUrlError:
    with pytest.raises(DatabaseUrlError) as caught:
        parse(text)
    return caught.value


class TestServers:
    @pytest.mark.parametrize("text", WRITTEN)
    def test_an_address_is_decoded_once(self, text):
        found = parse(text)
        assert (found.hosts, found.user, found.password, found.database) == WRITTEN[text]

    @pytest.mark.parametrize("text", WRITTEN)
    def test_the_spelling_for_drivers_says_the_same(self, text):
        assert parse(parse(text).text) == parse(text)

    def test_several_hosts_mean_the_one_that_takes_writes(self):
        assert dict(parse("postgresql://a,b/d").parameters) == {"target_session_attrs": "read-write"}
        assert dict(parse("postgresql://a,b/d?target_session_attrs=any").parameters) == {"target_session_attrs": "any"}
        assert parse("postgresql://a/d").parameters == ()

    def test_its_own_programs_get_every_part_by_the_environment(self):
        found = libpq_environment(
            parse("postgresql://u:%23p@a:1,[::1]/d?sslmode=verify-full&sslrootcert=/ca.pem&sslcert=/c&sslkey=/k")
        )
        assert found == {
            "PGHOST": "a,::1", "PGPORT": "1,", "PGUSER": "u", "PGPASSWORD": "#p", "PGDATABASE": "d",
            "PGSSLMODE": "verify-full", "PGSSLROOTCERT": "/ca.pem", "PGSSLCERT": "/c", "PGSSLKEY": "/k",
            "PGTARGETSESSIONATTRS": "read-write",
        }  # fmt: skip

    @pytest.mark.parametrize("text", [*WRITTEN, "postgresql://h/d?user=u&password=hocuspocus"])
    def test_a_password_is_hidden_wherever_it_stands(self, text):
        found = parse(text.replace(":p@", ":hocuspocus@").replace("password=p", "password=hocuspocus"))
        for shown in (found.redacted, repr(found), str(found)):
            assert "hocuspocus" not in shown
        assert ("***" in found.redacted) == bool(found.password)


class TestPasswordsThatAreNotEscaped:
    @pytest.mark.parametrize("sign", SIGNS)
    @pytest.mark.parametrize(
        "shape", ["u:{}@h/d", "u:{}@h", "u:12{}@h:5432/d", "u:{}@h/d?sslmode=require", "u:{0}{0}@h/d"]
    )
    def test_are_refused_with_the_spelling_and_without_a_part_of_them(self, sign, shape):
        error = refusal("postgresql://" + shape.format(sign.join(TWO_HALVES)))
        assert error.got
        assert error.expected
        assert "%" in error.fix
        for half in TWO_HALVES:
            assert half not in f"{error.got} {error.expected} {error.fix} {error}"

    @pytest.mark.parametrize(
        "text",
        [
            "hocuspocus", "postgresql:hocuspocus", "host=h password=hocuspocus", "hocuspocus://h", "mysql://u:hocuspocus@h/d",
            "postgresql+asyncpg://u:hocuspocus@h/d", "postgresql://u:hocuspocus", "postgresql://u:hocuspocus/d",
            "postgresql://u:%hocuspocus@h/d", "postgresql://u:%00hocuspocus@h/d", "postgresql://u:%ffhocuspocus@h/d",
            "postgresql://u:x@h/d?hocuspocus", "postgresql://u:x@h/d?sslmode=hocuspocus", "postgresql://u:x@h/d?a!b=hocuspocus",
            "postgresql://u:x@h/d?sslpassword=hocuspocus", "postgresql://u:x@h/d?password=hocuspocus",
            "postgresql://u:x@h/d?password=hocuspocus&password=y", "sqlite://hocuspocus", "sqlite:///hocus#pocus",
        ],
    )  # fmt: skip
    def test_no_other_refusal_shows_more(self, text):
        error = refusal(text)
        shown = f"{error.got} {error.expected} {error.fix} {error}"
        assert "pocus" not in shown.replace("hocuspocus://…", "")
        assert error.fix

    def test_a_driver_in_the_scheme_is_named(self):
        assert refusal("postgresql+asyncpg://u:p@h/d").fix == "Leave out +asyncpg: write postgresql://…."


class TestParameters:
    @pytest.mark.parametrize(
        ("parameter", "named"),
        [
            ("channel_binding=require", "sslmode=verify-full"),
            ("pgbouncer=true", "VESTIBULE_DATABASE_DIRECT_URL"),
            ("prepared_statement_cache_size=0", "VESTIBULE_DATABASE_DIRECT_URL"),
            ("schema=auth", "VESTIBULE_DATABASE_SCHEMA"),
            ("currentSchema=auth", "VESTIBULE_DATABASE_SCHEMA"),
            ("search_path=auth", "VESTIBULE_DATABASE_SCHEMA"),
            ("options=-csearch_path%3Dauth", "ALTER ROLE"),
            ("connect_timeout=10", "VESTIBULE_DATABASE_POOL_WAIT"),
            ("connection_limit=5", "VESTIBULE_DATABASE_POOL_SIZE"),
            ("statement_timeout=5", "VESTIBULE_DATABASE_STATEMENT_TIMEOUT"),
            ("ssl=true", "sslmode"),
            ("sslmode=yes", "these"),
            ("sslrootcert=system", "sslrootcert=/"),
            ("sslpassword=x", "key file"),
            ("target_session_attrs=standby", "these"),
            ("service=mine", "service file"),
            ("application_name=x", "Leave it out"),
            ("gssencmode=require", "Leave it out"),
            ("require_auth=scram-sha-256", "Leave it out"),
            ("hostaddr=127.0.0.1", "Leave it out"),
            ("sslmode=require&sslmode=disable", "Leave one"),
            ("nonsense=1", "Leave it out"),
        ],
    )
    def test_one_that_would_have_no_effect_is_refused_with_what_to_set_instead(self, parameter, named):
        error = refusal(f"postgresql://u:hocuspocus@h/d?{parameter}")
        assert parameter.partition("=")[0] in error.got
        assert error.expected
        assert named in error.fix
        assert "hocuspocus" not in f"{error.got}{error.expected}{error.fix}"

    @pytest.mark.parametrize(
        "parameter", ["channel_binding=prefer", "client_encoding=UTF8", "gssencmode=disable", "pgbouncer=false"]
    )
    def test_one_that_says_what_is_so_anyway_is_not_passed_on(self, parameter):
        assert parse(f"postgresql://h/d?{parameter}").parameters == ()

    @pytest.mark.parametrize(
        "text", ["h:0", "h:99999", "h:x", ":5433", "a,,b", "[::1", "[x]", "a b", "x" * 64, "h:1:2"]
    )
    def test_hosts_and_ports_that_cannot_be_are_refused(self, text):
        assert refusal(f"postgresql://u:p@{text}/d").got

    @pytest.mark.parametrize("query", ["port=5433", "host=a,b&port=1,2,3", "host=a&port=0"])
    def test_so_are_those_after_the_question_mark(self, query):
        assert refusal(f"postgresql:///d?{query}").got


class TestFiles:
    @pytest.mark.parametrize(
        "name",
        ["plain", "a#b", "a?b", "a%b", "a%20b", "a b", "ü", "a;b", "a'b", 'a"b', "a&b=c", "a:b", "a+b", "a\\b", "~"],
    )
    def test_any_path_survives_its_address(self, name):
        for path in (Path("/srv") / name / "vestibule.db", Path(name) / "vestibule.db"):
            assert parse(sqlite_text(path)).path == path

    def test_an_address_that_a_person_wrote_is_decoded(self):
        assert parse("SQLite:///data%231/a%20b.db").path == Path("data#1/a b.db")
        assert parse("sqlite:////srv/ü b.db").path == Path("/srv/ü b.db")

    @pytest.mark.parametrize(
        "text", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite://host/x.db", "sqlite:///a#b", "sqlite:///a?mode=ro",
                 "sqlite:///50%.db", "sqlite:///a%00b"]
    )  # fmt: skip
    def test_what_would_be_another_file_is_refused(self, text):
        error = refusal(text)
        assert "sqlite:///" in error.expected
        assert error.fix
