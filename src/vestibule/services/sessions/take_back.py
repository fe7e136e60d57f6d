"""Taking an account back: the one function that every event on an account as a whole calls, in its own transaction."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from vestibule.domain.instant import Instant
from vestibule.domain.one_time_code import CodePurpose
from vestibule.domain.ports import Clock
from vestibule.domain.session import EndReason
from vestibule.domain.taking_back import TABLE, Event, Fate, TakenBack, Thing
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import UnitOfWork

_REASONS = {
    Event.RESET: EndReason.PASSWORD_RESET,
    Event.PASSWORD_CHANGE: EndReason.PASSWORD_CHANGED,
    Event.LOCKDOWN: EndReason.LOCKED_DOWN,
    Event.NOT_ME: EndReason.LOCKED_DOWN,
    Event.UNDO: EndReason.LOCKED_DOWN,
    Event.CLAIM: EndReason.EMAIL_CLAIMED,
    Event.END_ALL: EndReason.ENDED_BY_USER,
    Event.DISABLE: EndReason.USER_DISABLED,
    Event.DELETE: EndReason.USER_DELETED,
    Event.FACTOR_RECOVERY: EndReason.FACTORS_CHANGED,
}
# Things that are all codes of one purpose.
_CODES = {
    Thing.RESET_LINKS: CodePurpose.PASSWORD_RESET,
    Thing.SIGN_IN_CODES: CodePurpose.SIGN_IN,
    Thing.RESTORE_LINKS: CodePurpose.DELETION_UNDO,
}


@dataclass(frozen=True, slots=True)
class _Case:
    """One event on one account. `email`: the address that the account has from now on, as emails are sent to it."""

    work: UnitOfWork
    event: Event
    user: User
    email: str
    since: Instant
    factors_since: Instant
    now: Instant
    keep_session: str
    keep_attempt: str


class TakeBack:
    """Voids what the table in `domain/taking_back` lists for an event. The event's own new password or link is left to
    its caller.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._voids: Mapping[Thing, Callable[[_Case], Awaitable[int]]] = {
            Thing.SESSIONS: _sessions,
            Thing.EMAIL_CHANGE: _email_change,
            **{thing: _codes(purpose) for thing, purpose in _CODES.items()},
            Thing.NOT_ME_LINKS: _not_me_links,
            Thing.OLDER_UNDO_LINKS: _codes(CodePurpose.EMAIL_UNDO),
            Thing.YOUNGER_UNDO_LINKS: _younger_undo_links,
            Thing.RECOVERY: _recovery,
            Thing.PASSWORD: _password,
            Thing.FACTORS: _factors,
            Thing.DEMAND: _demand,
            Thing.TRUSTED_DEVICES: lambda case: case.work.trusted_devices.remove_all(case.user.id),
            Thing.API_KEYS: lambda case: case.work.api_keys.revoke_all(case.user.id, case.now),
        }

    async def apply(
        self,
        work: UnitOfWork,
        event: Event,
        user: User,
        *,
        since: Instant = 0,
        factors_since: Instant | None = None,
        email: str = "",
        keep_session: str = "",
        keep_attempt: str = "",
    ) -> TakenBack:
        """Carry out one column of the table, and return how much was voided and kept. Call it before the event's own
        new secrets are made, or they are voided too.

        `since` (microseconds since 1970 UTC): for what is void only if it was added since; `factors_since`, when given,
        for factors and the demand instead. `email`: the address from now on, when the event changes it. `keep_session`,
        `keep_attempt`: the ids that go on, where the table lets one go on.
        """
        now = self._clock.now()
        held = await work.users.hold(user.id) or user
        case = _Case(
            work=work,
            event=event,
            user=held,
            email=email or held.email,
            since=since,
            factors_since=since if factors_since is None else factors_since,
            now=now,
            keep_session=keep_session,
            keep_attempt=keep_attempt,
        )
        voided = {}
        for thing, void in self._voids.items():
            if TABLE[thing][event].fate in (Fate.VOID, Fate.SINCE, Fate.OTHERS, Fate.ELSEWHERE):
                voided[thing] = await void(case)
        return TakenBack(_present(voided), _present(await _kept(case, voided)))


def _present(counts: Mapping[Thing, int]) -> dict[Thing, int]:
    return {thing: count for thing, count in counts.items() if count}


async def _kept(case: _Case, voided: Mapping[Thing, int]) -> dict[Thing, int]:
    """Count what still gives access to the account, which its owner may want to look through."""
    kept = {Thing.FACTORS: len(await case.work.credentials.all_live(case.user.id))}
    if Thing.API_KEYS not in voided:
        kept[Thing.API_KEYS] = len(await case.work.api_keys.list(case.user.id, case.now))
    return kept


async def _sessions(case: _Case) -> int:
    others = TABLE[Thing.SESSIONS][case.event].fate is Fate.OTHERS
    if TABLE[Thing.API_KEYS][case.event].fate is Fate.VOID:
        await case.work.users.set_not_before(case.user.id, case.now)  # older API keys become invalid with that, too
    await case.work.login_attempts.finish_all(case.user.id, case.now, keep=case.keep_attempt)
    keep = case.keep_session if others else ""
    return await case.work.sessions.end_all(case.user.id, _REASONS[case.event], case.now, keep=keep)


async def _email_change(case: _Case) -> int:
    purpose = CodePurpose.EMAIL_VERIFICATION
    codes = await case.work.one_time_codes.void_bound_elsewhere(case.user.id, purpose, case.email, case.now)
    return min(codes, 1)  # a link and digits belong to one change, and a newer change voids an older one


def _codes(purpose: CodePurpose) -> Callable[[_Case], Awaitable[int]]:
    async def void(case: _Case) -> int:
        return await case.work.one_time_codes.void(case.user.id, purpose, case.now)

    return void


async def _not_me_links(case: _Case) -> int:
    elsewhere = TABLE[Thing.NOT_ME_LINKS][case.event].fate is Fate.ELSEWHERE
    keep = case.user.email_canonical if elsewhere else ""
    return await case.work.one_time_codes.void_bound_elsewhere(case.user.id, CodePurpose.NOT_ME, keep, case.now)


async def _younger_undo_links(case: _Case) -> int:
    # The link of an undo is used by now. Elsewhere only a live link is a way back in place of younger ones.
    live = case.event is not Event.UNDO
    return await case.work.one_time_codes.void_younger_undos(case.user.id, case.since, case.now, live=live)


async def _recovery(case: _Case) -> int:
    await case.work.one_time_codes.void(case.user.id, CodePurpose.RECOVERY_CANCEL, case.now)
    return await case.work.factor_recoveries.cancel(case.user.id, case.now)


async def _password(case: _Case) -> int:
    if case.user.password_hash is None:
        return 0
    await case.work.users.remove_password(case.user.id, case.now)
    return 1


async def _factors(case: _Case) -> int:
    is_since = TABLE[Thing.FACTORS][case.event].fate is Fate.SINCE
    return await case.work.credentials.remove_since(case.user.id, case.factors_since if is_since else 0)


async def _demand(case: _Case) -> int:
    demanded, is_since = case.user.second_factor_at, TABLE[Thing.DEMAND][case.event].fate is Fate.SINCE
    if demanded is None or (is_since and demanded < case.factors_since):
        return 0
    await case.work.users.set_second_factor(case.user.id, None)
    return 1
