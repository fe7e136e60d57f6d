"""What surrounds the cached session check: no cache, a cold cache, and a storm of revocations."""

import asyncio
import itertools
import random
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import TYPE_CHECKING

import asyncpg

import population
import reference
import server
from load import Request, drive
from report import Figure
from requests_of import bearer_requests, cookie_requests
from vestibule.crypto.entropy import SystemEntropy
from vestibule.crypto.jose import KeyPair, Signer
from vestibule.crypto.keyring import Keyring
from vestibule.crypto.sealing import Sealer

if TYPE_CHECKING:
    from scenarios import Bench

PORT = 18_431
SEEN, STORM, COLD_SECONDS = 1_000, 10_000, 5
# More tokens than any machine that this was run on can see for the first time in a second.
_NEW_PER_SECOND = 12_000
_HOUR = 3600
_END = "UPDATE sessions SET revoked_at = $2 WHERE id = $1"
_PUBLISH = """
    WITH bumped AS (UPDATE revocation_generation SET generation = generation + 1 RETURNING generation),
        logged AS (INSERT INTO revocations (generation, subjects) SELECT generation, $1 FROM bumped)
    SELECT pg_notify('vestibule_' || md5(current_schema()), generation || ' ' || $1) FROM bumped"""


def figures(bench: "Bench") -> list[Figure]:
    """Measure all of it."""
    return [*without_cache(bench), *cold(bench), *storm(bench)]


def without_cache(bench: "Bench") -> list[Figure]:
    """Compare the check by cookie with that by a token, new and seen before, and with the same SELECT in pgbench."""
    seconds, cookies = bench.effort.seconds, cookie_requests(bench.people.cookies)
    script, ratios = reference.session_check(bench.effort.sessions), {"pgbench": [], "seen": [], "new": []}
    with bench.serving(SESSION_CACHE_MIB="0"):
        # The first signature makes the key.
        server.post(PORT, "/api/auth/refresh", {"refreshToken": bench.people.refresh_tokens[-1]})
        sign, new = _signer(bench), itertools.count()
        seen = bearer_requests([sign(next(new)) for _ in range(SEEN)])
        drive(PORT, cookies, 2)
        drive(PORT, seen, 2)
        rates = []
        for _ in range(bench.effort.repeats):
            unseen = bearer_requests([sign(next(new)) for _ in range(int(_NEW_PER_SECOND * seconds))])
            cookie = drive(PORT, cookies, seconds).rate
            found = {"seen": drive(PORT, seen, seconds), "new": drive(PORT, unseen, seconds)}
            assert found["new"].used <= len(unseen), "some tokens were sent twice: sign more"
            again, ceiling = drive(PORT, cookies, seconds).rate, bench.postgres.pgbench(script, seconds)
            own = (cookie + again) / 2
            rates.append((own, found["seen"].rate, found["new"].rate, ceiling))
            for name, ratio in (("seen", found["seen"].rate / own), ("new", found["new"].rate / own)):
                ratios[name].append(ratio)
            ratios["pgbench"].append(own / ceiling)
    own, by_seen, by_new, ceiling = (median(column) for column in zip(*rates, strict=True))
    return [
        Figure(
            "session check, cache off / pgbench of the same SELECT", median(ratios["pgbench"]), "", ">= 0.25",
            f"{own:,.0f} of {ceiling:,.0f} SELECTs/s",
        ),
        Figure(
            "bearer check, cache off, token seen before / cookie check", median(ratios["seen"]), "", ">= 0.8",
            f"{by_seen:,.0f} of {own:,.0f} checks/s",
        ),
        Figure(
            "bearer check, cache off, new token / cookie check", median(ratios["new"]), "", ">= 0.5",
            f"{by_new:,.0f} of {own:,.0f} checks/s",
        ),
    ]  # fmt: skip


def cold(bench: "Bench") -> list[Figure]:
    """Compare new workers, in their third to fifth second, with the rate that they have later. Four checks of five are
    of a fifth of all sessions.
    """
    requests, ratios, rates = _skewed(bench.people.cookies), [], []
    for _ in range(bench.effort.repeats):
        with bench.serving():
            first = [drive(PORT, requests, 1, offset=n * 20_000).rate for n in range(COLD_SECONDS)]
            drive(PORT, requests, 10)
            steady = median(drive(PORT, requests, 1, offset=n * 20_000).rate for n in range(COLD_SECONDS))
        ratios.append(median(first[2:]) / steady)
        rates.append((*first, steady))
    *first, steady = (median(column) for column in zip(*rates, strict=True))
    name = f"new workers, {len(bench.people.cookies):,} sessions: checks in seconds 3 to 5 / later"
    seconds = ", ".join(f"{rate:,.0f}" for rate in first)
    return [Figure(name, median(ratios), "", ">= 0.9", f"{seconds} of {steady:,.0f} checks/s")]


def storm(bench: "Bench") -> list[Figure]:
    """Compare checks of sessions that go on, while others are ended as fast as PostgreSQL can, with checks before."""
    seconds, half = bench.effort.seconds, len(bench.people.cookies) // 2
    requests, ratios, rates, took = _skewed(bench.people.cookies[:half]), [], [], []
    # Token sessions, which these checks do not concern; their ids are all that is needed.
    ends = itertools.cycle(range(1, bench.effort.sessions, 2))
    with bench.serving(), ThreadPoolExecutor(1) as pool:
        drive(PORT, requests, 10)
        for _ in range(bench.effort.repeats):
            quiet = drive(PORT, requests, seconds).rate
            chosen = [population.session_id(next(ends)) for _ in range(STORM)]
            behind, during = pool.submit(asyncio.run, _revoke(bench.postgres.url, chosen)), []
            while not behind.done():
                during.append(drive(PORT, requests, seconds).rate)
            took.append(behind.result())
            # The last one lasted longer than the storm.
            rates.append((median(during[:-1] or during), quiet))
            ratios.append(rates[-1][0] / quiet)
    during, quiet = (median(column) for column in zip(*rates, strict=True))
    about = f"{during:,.0f} of {quiet:,.0f} checks/s, {STORM:,} revocations in {median(took):.0f} s"
    bench.people = bench.fill(bench.effort.users, bench.effort.sessions)
    return [Figure("checks during a storm of revocations / before", median(ratios), "", ">= 0.5", about)]


async def _revoke(url: str, sessions: list[str], connections: int = 8) -> float:
    """End these sessions, each in a transaction of its own. Returns how many seconds it took."""

    async def end(share: list[str]) -> None:
        connection = await asyncpg.connect(url)
        for session in share:
            async with connection.transaction():
                await connection.execute(_END, session, time.time_ns() // 1000)
                await connection.execute(_PUBLISH, session)
        await connection.close()

    began = time.perf_counter()
    await asyncio.gather(*(end(sessions[n::connections]) for n in range(connections)))
    return time.perf_counter() - began


def _skewed(cookies: list[str]) -> list[Request]:
    """Return checks of all of these sessions: four of five are of the first fifth."""
    chosen, often = random.Random(8), cookies[: len(cookies) // 5]
    return cookie_requests([chosen.choice(often if chosen.random() < 0.8 else cookies) for _ in range(200_000)])


def _signer(bench: "Bench"):
    """Return a function that signs another access token of a session, as Vestibule does."""
    kid, sealed, public, alg = bench.postgres.psql(
        "SELECT kid || ' ' || private_sealed || ' ' || replace(public_jwk, ' ', '') || ' ' || alg FROM signing_keys"
    ).split()
    private = Sealer(Keyring(server.SECRET_KEY).derive("seal-signing-key"), SystemEntropy()).unseal(sealed, row=kid)
    signer, now, users = Signer(KeyPair(kid, alg, public, private)), int(time.time()), bench.effort.users
    odd = range(1, min(20_000, bench.effort.sessions), 2)

    def sign(number: int) -> str:
        n = odd[number % len(odd)]
        about = {"sub": population.user_id(n % users), "sid": population.session_id(n), "jti": f"token_{number:026d}"}
        times = {"iat": now, "exp": now + _HOUR, "auth_time": now}
        us = {"iss": server.ISSUER, "aud": server.ISSUER, "client_id": "vestibule"}
        return signer.sign(us | about | times | {"amr": ["pwd"], "acr": "aal1", "roles": []}, typ="at+jwt")

    return sign
