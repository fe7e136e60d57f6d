"""The caller's account as of now. Code that removes a sign-in method, or requires a factor, decides on this row: the
account may have changed since the request's own copy was read.
"""

from vestibule.domain.errors import Denied, NotAuthenticated
from vestibule.domain.instant import Instant
from vestibule.domain.principal import Principal
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import UnitOfWork


async def hold_caller(work: UnitOfWork, principal: Principal, now: Instant) -> User | Denied:
    """Return the caller's row, locked until the transaction ends.

    Denied (NotAuthenticated) when the user was disabled or deleted, the session ended or got another secret, or the
    password was replaced, since the request began: a stolen session must not finish what a lockdown, a reset or a
    password change has stopped. It changes nothing, so a refusal may commit.
    """
    await work.users.hold(principal.user.id)
    found = await work.sessions.find_active(principal.session.id, now)
    if found is None:
        return Denied(NotAuthenticated(private="the account or the session ended meanwhile"))
    session, user, _ = found
    if (session.token_hash, *_secrets_of(user)) != (principal.session.token_hash, *_secrets_of(principal.user)):
        return Denied(NotAuthenticated(private="the session's secret or the password was replaced meanwhile"))
    return user


def _secrets_of(user: User) -> tuple[Instant | None, Instant]:
    return user.password_changed_at, user.not_before
