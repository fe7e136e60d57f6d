from factories import NOW
from repositories.contracts import contract, takes_portions_of_three
from vestibule.domain.audit import Action
from vestibule.repositories.audit_events import AuditEvents

TIMES = (NOW - 1, NOW - 1, NOW - 1, NOW)


class TestAuditEvents:
    @contract(AuditEvents.add, AuditEvents.about)
    async def test_events_about_a_user_come_newest_first_and_continue_before_one(self, work, make):
        first, second, third = [await make.event("user_1", detail=f'{{"n":{n}}}') for n in range(3)]
        await make.event("user_2")
        await make.event("user_2", actor_id="user_1")
        await make.event("user_1", action=Action.TOKEN_REFRESHED)
        assert await work.audit_events.about("user_1", "", 9) == [third, second, first]
        assert await work.audit_events.about("user_1", "", 2) == [third, second]
        assert await work.audit_events.about("user_1", second.id, 9) == [first]

    @contract(AuditEvents.purge)
    async def test_old_ones_go_in_portions(self, work, make):
        for at in TIMES:
            await make.event("user_1", occurred_at=at)
        await takes_portions_of_three(lambda count: work.audit_events.purge(NOW, count))

    @contract(AuditEvents.purge_refreshes)
    async def test_old_refreshes_go_in_portions_and_nothing_else(self, work, make):
        for at in TIMES:
            await make.event("user_1", occurred_at=at, action=Action.TOKEN_REFRESHED)
            await make.event("user_1", occurred_at=at)
        await takes_portions_of_three(lambda count: work.audit_events.purge_refreshes(NOW, count))
        assert len(await work.audit_events.about("user_1", "", 9)) == 4
