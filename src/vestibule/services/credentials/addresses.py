"""Who may have an address: a mailbox that is proved beats a registration that was never confirmed."""

from vestibule.domain.instant import Instant
from vestibule.domain.one_time_code import CodePurpose
from vestibule.repositories.unit_of_work import UnitOfWork

_BY_ADDRESS = (CodePurpose.EMAIL_VERIFICATION, CodePurpose.SIGN_IN, CodePurpose.PASSWORD_RESET)


async def free_address(work: UnitOfWork, canonical: str, keep: str, now: Instant) -> None:
    """Take an address from every account but `keep` that never verified it, in any state, also a deleted one.

    Otherwise an anonymous registration with an address that an intruder has left would stop its owner's undo.
    """
    for user_id in await work.users.free_email(canonical, keep):
        for purpose in _BY_ADDRESS:
            await work.one_time_codes.void(user_id, purpose, now)
