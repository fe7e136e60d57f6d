from factories import NOW
from repositories.contracts import contract
from vestibule.domain.instant import HOUR
from vestibule.domain.one_time_code import CodePurpose
from vestibule.domain.session import EndReason
from vestibule.repositories.restore_cutoff import RestoreCutoffs


class TestRestoreCutoffs:
    @contract(RestoreCutoffs.begin)
    async def test_everything_that_was_issued_before_is_void(self, work, make):
        alice = await make.user()
        session, ended = await make.session(alice), await make.session(alice)
        await work.sessions.end(ended.id, alice.id, EndReason.LOGOUT, NOW)
        code, attempt, device = await make.code(alice), await make.attempt(alice), await make.trusted_device(alice)
        await make.api_key(alice, key_hash="key")
        await make.email()
        await work.leases.acquire("cleanup", "one", NOW, NOW + HOUR)
        generation = await work.revocations.generation()
        assert await work.restore_cutoff.begin(NOW) == 1
        assert "all" in work.revoked
        assert (await work.users.find(alice.id)).not_before == NOW
        assert await work.sessions.find_active(session.id, NOW) is None
        assert await work.api_keys.check("key", NOW) is None
        assert not await work.one_time_codes.consume(code.id, CodePurpose.SIGN_IN, NOW)
        assert await work.login_attempts.find_open(attempt.id, NOW) is None
        assert not await work.trusted_devices.use(alice.id, device.token_hash, NOW)
        assert (await work.outbox.state()).pending == 0
        assert await work.leases.acquire("cleanup", "two", NOW, NOW + HOUR)
        # A number that no row has: workers that follow the revocations see a gap, and clear their caches.
        assert await work.revocations.generation() == generation + 1
        assert await work.revocations.since(generation) == []
        rows = await work.connection.all("SELECT revoke_reason FROM sessions ORDER BY id")
        assert [row["revoke_reason"] for row in rows] == ["backup_restored", "logout"]
