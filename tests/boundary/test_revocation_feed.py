"""The revocation feed: whoever checks tokens offline learns within seconds that a session has ended."""

import asyncio
import base64
import json
import sys
import time
import zlib

import httpx
import jwt
import pytest

from harness import PASSWORD, bearer
from servers import server
from vestibule.domain.status_list import LIST_SIZE, packed
from vestibule.services.tokens import status_lists


def claims_of(token: str) -> dict:
    return jwt.decode(token, options={"verify_signature": False})


def is_ended(listed: str, place: int) -> bool:
    """As the draft has it: the lowest place in the lowest bit."""
    packed = claims_of(listed)["status_list"]["lst"]
    bits = zlib.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    return bool(bits[place // 8] >> place % 8 & 1)


async def status_of(vestibule, access_token: str) -> bool:
    """What the list that the token names says about it."""
    named = claims_of(access_token)["status"]["status_list"]
    path = named["uri"].removeprefix(vestibule.base_url)
    answer = await vestibule.get(path)
    assert answer.status_code == 200
    return is_ended(answer.text, named["idx"])


class TestTheList:
    async def test_is_signed_by_our_keys_and_says_what_it_is(self, vestibule):
        await vestibule.signed_in()
        answer = await vestibule.get("/oauth/status-lists/0")
        assert answer.headers["content-type"] == "application/statuslist+jwt"
        assert answer.headers["cache-control"] == "public, max-age=5"
        keys = (await vestibule.get("/.well-known/jwks.json")).json()["keys"]
        claims = jwt.decode(answer.text, jwt.PyJWK(keys[0]), algorithms=["ES256"], options={"verify_exp": False})
        assert (claims["sub"], claims["ttl"]) == (f"{vestibule.base_url}/oauth/status-lists/0", 5)
        assert claims["exp"] - claims["iat"] == 300
        assert jwt.get_unverified_header(answer.text)["typ"] == "statuslist+jwt"
        assert len(answer.text) < 1500, "compact: a million places"

    async def test_no_door_takes_it_for_an_access_token(self, vestibule):
        await vestibule.signed_in()
        listed = (await vestibule.get("/oauth/status-lists/0")).text
        assert (await vestibule.get("/api/account", Authorization=f"Bearer {listed}")).status_code == 401

    async def test_every_session_has_a_place_of_its_own_and_keeps_it_over_refreshes(self, vestibule):
        first = await vestibule.signed_in()
        second = (await vestibule.log_in()).json()
        places = [claims_of(tokens["accessToken"])["status"]["status_list"]["idx"] for tokens in (first, second)]
        assert len(set(places)) == 2
        answer = await vestibule.post("/api/auth/refresh", {"refreshToken": first["refreshToken"]})
        assert claims_of(answer.json()["accessToken"])["status"]["status_list"]["idx"] == places[0]

    async def test_tokens_for_apis_name_it_too(self, vestibule):
        await vestibule.services.tokens.clients.create("orders", "https://orders.example.com", ())
        tokens = await vestibule.signed_in()
        given = await vestibule.post("/api/auth/token", {"resource": "https://orders.example.com"}, **bearer(tokens))
        assert await status_of(vestibule, given.json()["accessToken"]) is False

    @pytest.mark.parametrize("how", ["sign-out", "others", "disable", "delete", "reset", "reuse", "restore"])
    async def test_the_bit_is_set_with_the_end_whatever_ends_it(self, vestibule, how):
        tokens = await vestibule.signed_in()
        assert await status_of(vestibule, tokens["accessToken"]) is False
        admin = vestibule.services.accounts.administration
        if how == "sign-out":
            await vestibule.post("/api/auth/logout", {}, **bearer(tokens))
        elif how == "others":
            other = (await vestibule.log_in()).json()
            await vestibule.http.delete("/api/sessions", headers=bearer(other))
        elif how == "disable":
            await admin.disable(await admin.find("alice"))
        elif how == "delete":
            await vestibule.http.request("DELETE", "/api/account", json={"password": PASSWORD}, headers=bearer(tokens))
        elif how == "reset":
            body = {"token": await vestibule.reset_token(), "password": "quiet morning in the harbour"}
            assert (await vestibule.post("/api/auth/reset-password", body)).status_code == 200
        elif how == "reuse":
            for _ in range(2):
                await vestibule.post("/api/auth/refresh", {"refreshToken": tokens["refreshToken"]})
                vestibule.clock.advance(30_000_000)
        else:
            await vestibule.services.accounts.restore_cutoff.set()
        assert await status_of(vestibule, tokens["accessToken"]) is True

    async def test_a_session_s_token_never_outlives_it(self, start):
        async with start(SESSION_ABSOLUTE="20m", SESSION_IDLE="20m", REFRESH_TOKEN_IDLE="20m") as vestibule:
            tokens = await vestibule.signed_in()
            vestibule.clock.advance(10 * 60_000_000)
            later = (await vestibule.post("/api/auth/refresh", {"refreshToken": tokens["refreshToken"]})).json()
            first, last = (claims_of(given["accessToken"]) for given in (tokens, later))
            assert first["exp"] - first["iat"] == 900
            assert last["exp"] - last["iat"] == later["expiresIn"] == 600

    async def test_a_bit_is_kept_until_no_token_can_live_and_costs_nothing_after(self, vestibule):
        tokens = await vestibule.signed_in()
        await vestibule.post("/api/auth/logout", {}, **bearer(tokens))
        for minutes, kept in ((14, True), (2, True), (2, False)):
            vestibule.clock.advance(minutes * 60_000_000)
            assert await status_of(vestibule, tokens["accessToken"]) is kept

    async def test_after_a_restore_all_that_was_handed_out_has_ended(self, vestibule):
        """Also sessions made after the backup, of which the database that came back knows nothing."""
        tokens = await vestibule.signed_in()
        await vestibule.run("DELETE FROM refresh_tokens")
        await vestibule.run("DELETE FROM sessions")
        await vestibule.services.accounts.restore_cutoff.set()
        assert await status_of(vestibule, tokens["accessToken"]) is True

    async def test_is_cached_by_its_etag(self, vestibule):
        tokens = await vestibule.signed_in()
        first = await vestibule.get("/oauth/status-lists/0")
        again = await vestibule.get("/oauth/status-lists/0", **{"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        await vestibule.post("/api/auth/logout", {}, **bearer(tokens))
        changed = await vestibule.get("/oauth/status-lists/0", **{"If-None-Match": first.headers["etag"]})
        assert changed.status_code == 200

    @pytest.mark.parametrize(
        "number", ["1", "999999999", "9999999999", "-1", "x", "0x0", "٠", "1e3", "0.0", "00 ", "00", "+0", "0_0"]
    )
    async def test_there_are_no_others(self, vestibule, number):
        await vestibule.signed_in()
        assert (await vestibule.get(f"/oauth/status-lists/{number}")).status_code == 404

    async def test_metadata_and_aggregation_say_where_it_is(self, vestibule):
        told = (await vestibule.get("/.well-known/oauth-authorization-server")).json()
        path = told["status_list_aggregation_endpoint"].removeprefix(vestibule.base_url)
        await vestibule.signed_in()
        listed = (await vestibule.get(path)).json()
        assert listed == {"status_lists": [f"{vestibule.base_url}/oauth/status-lists/0"]}
        assert told["status_changes_endpoint"].endswith("/oauth/status-changes")


class TestPacking:
    def test_the_draft_s_own_example(self):
        """Section 4.1: the bits 1,0,0,1,1,1,0,1 1,1,0,0,0,1,0,1 are the bytes b9 a3."""
        ended = [0, 3, 4, 5, 7, 8, 9, 13, 15]
        bits = zlib.decompress(base64.urlsafe_b64decode(packed(ended, all_ended=False) + "=="))
        assert bits[:2].hex() == "b9a3"
        assert not any(bits[2:])
        assert len(bits) * 8 == LIST_SIZE


class TestPlaces:
    async def test_are_never_given_twice(self, vestibule):
        """By two workers at once, each taking more than one block."""
        from vestibule.crypto.entropy import SystemEntropy
        from vestibule.services.sessions.sessions import StatusIndexes

        workers = [StatusIndexes(vestibule.database, SystemEntropy()) for _ in range(2)]
        taken = await asyncio.gather(*(workers[n % 2].next() for n in range(300)))
        assert len(set(taken)) == 300


class TestTheStream:
    async def test_tells_the_present_first_and_then_each_growth(self, vestibule):
        tokens = await vestibule.signed_in()
        changes = vestibule.services.tokens.status_changes.follow("1.2.3.4", None)
        now = await anext(changes)
        await vestibule.post("/api/auth/logout", {}, **bearer(tokens))
        assert await anext(changes) > now
        await changes.aclose()

    async def test_goes_on_after_what_was_seen(self, vestibule):
        tokens = await vestibule.signed_in()
        seen = await vestibule.services.tokens.status_lists.generation()
        changes = vestibule.services.tokens.status_changes.follow("1.2.3.4", seen)
        waiting = asyncio.ensure_future(anext(changes))
        await vestibule.post("/api/auth/logout", {}, **bearer(tokens))
        assert await waiting > seen
        await changes.aclose()

    async def test_is_bounded_by_address_and_ends_with_the_worker(self, vestibule):
        changes = vestibule.services.tokens.status_changes
        most = status_lists._MOST_OF_ONE_ADDRESS
        streams = [changes.follow("1.2.3.4", None) for _ in range(most)]
        assert not changes._followers, "whoever hangs up before the first word takes no place"
        for stream in streams:
            await anext(stream)
        assert changes.follow("1.2.3.4", None).reason.code == "too_many_followers"
        other = changes.follow("5.6.7.8", None)
        await anext(other)
        changes.stop()
        assert [generation async for generation in other] == []
        assert changes.follow("9.9.9.9", None).reason.code == "too_many_followers"
        for stream in streams:
            await stream.aclose()
        assert not changes._followers

    async def test_without_the_wish_for_events_it_is_a_number(self, vestibule):
        answer = await vestibule.get("/oauth/status-changes")
        assert answer.json() == {"generation": await vestibule.services.tokens.status_lists.generation()}


@pytest.mark.servers
class TestRealServers:
    def test_an_end_is_heard_from_every_worker_and_a_stream_does_not_hold_a_stop_up(self, tmp_path, capsys):
        """Two workers; followers of both hear of an end that either of them took. Then the server is told to stop."""
        with (
            server(tmp_path, workers=2) as running,
            httpx.Client(base_url=running.url, timeout=30) as http,
        ):
            body = {"username": "alice", "email": "alice@example.com", "password": PASSWORD}
            http.post("/api/auth/register", json=body)
            streams = [follower(running.url) for _ in range(4)]
            lines = [stream.__enter__().iter_lines() for stream in streams]
            generations = [next_generation(line) for line in lines]
            given = {"email": "alice@example.com", "password": PASSWORD}
            tokens = http.post("/api/auth/login", json=given).json()
            http.post("/api/auth/logout", json={}, headers=bearer(tokens))
            ended = time.perf_counter()
            assert all(next_generation(line) > before for line, before in zip(lines, generations, strict=True))
            with capsys.disabled():
                sys.stdout.write(f"\nheard of the end after {time.perf_counter() - ended:.2f} s\n")
        for stream, line in zip(streams, lines, strict=True):
            assert not [rest for rest in line if rest.startswith("data: ")], "ended in order, not cut off"
            stream.__exit__(None, None, None)


def follower(url: str):
    return httpx.stream("GET", f"{url}/oauth/status-changes", headers={"Accept": "text/event-stream"}, timeout=30)


def next_generation(lines) -> int:
    return next(json.loads(line[6:])["generation"] for line in lines if line.startswith("data: "))
