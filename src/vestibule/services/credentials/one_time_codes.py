"""One-time links and codes that are sent by email."""

from collections.abc import Callable
from dataclasses import dataclass

from vestibule.crypto import tokens
from vestibule.crypto.entropy import digits, new_id
from vestibule.crypto.passwords import PasswordHashes
from vestibule.crypto.tokens import TokenHasher
from vestibule.domain.errors import Denied, ExpiredCode, InvalidCode, UsedCode
from vestibule.domain.instant import Duration, Instant
from vestibule.domain.one_time_code import CodeForm, CodePolicy, CodePurpose, MailedCode, OneTimeCode
from vestibule.domain.ports import Clock, Entropy
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database, UnitOfWork

_KINDS = {
    CodePurpose.PASSWORD_RESET: tokens.RESET,
    CodePurpose.EMAIL_VERIFICATION: tokens.VERIFY,
    CodePurpose.SIGN_IN: tokens.SIGN_IN,
    CodePurpose.EMAIL_UNDO: tokens.UNDO,
    CodePurpose.RECOVERY_CANCEL: tokens.UNDO,
    CodePurpose.DELETION_UNDO: tokens.UNDO,
    CodePurpose.NOT_ME: tokens.UNDO,
}
# These codes belong to one bound value each (an attempt, an address): issuing a code for another value must not void
# them, or an attacker who starts attempts could make the user's codes worthless.
_SIDE_BY_SIDE = frozenset({CodePurpose.SIGN_IN, CodePurpose.EMAIL_UNDO})
DIGITS = 6
# A user id that no account has: looking it up takes as long as a real one, so the time reveals no accounts.
NO_USER = "no_user"

_Same = Callable[[str], str]


@dataclass(frozen=True, slots=True, repr=False)
class DraftedDigits:
    """A code of six digits and its slow hash, made before the transaction that stores them."""

    digits: str
    hashed: str

    def __repr__(self) -> str:
        return "DraftedDigits(…)"


@dataclass(eq=False, repr=False)
class OneTimeCodes:
    """Issues and redeems codes. A code belongs to one purpose, one user and one bound value, and works once."""

    _database: Database
    _clock: Clock
    _entropy: Entropy
    _hasher: TokenHasher
    _hashes: PasswordHashes
    policy: CodePolicy

    async def draft_digits(self) -> DraftedDigits:
        """Create six digits and hash them with the password hash, so that a leaked table does not reveal them (ASVS
        6.5.2). Raises Overloaded.
        """
        code = digits(DIGITS, self._entropy)
        with self._hashes.room():
            return DraftedDigits(code, await self._hashes.hash(code))

    async def issue(
        self,
        work: UnitOfWork,
        purpose: CodePurpose,
        user_id: str,
        bound_value: str,
        lifetime: Duration,
        drafted: DraftedDigits | None = None,
        *,
        since: Instant | None = None,
    ) -> MailedCode:
        """Store a new code and return it for its email; `drafted` adds digits beside the link. Older codes for the same
        purpose and user are void from now on. `bound_value`: what the code is for, such as an address or an
        attempt's id. `lifetime` is in microseconds. `since`: the time that the code goes by, when it is not now.
        """
        now = self._clock.now()
        only = bound_value if purpose in _SIDE_BY_SIDE else None
        await work.one_time_codes.void(user_id, purpose, now, bound_value=only)
        flow_id = new_id("flow", now, self._entropy)
        token = self._hasher.new(_KINDS[purpose])
        hashed = self._hasher.digest(_label(purpose), token)
        made = now if since is None else since
        forms = {CodeForm.LINK: hashed} | ({CodeForm.DIGITS: drafted.hashed} if drafted else {})
        for form, code_hash in forms.items():
            code = OneTimeCode(
                id=new_id("code", made, self._entropy),
                purpose=purpose,
                form=form,
                user_id=user_id,
                flow_id=flow_id,
                code_hash=code_hash,
                bound_value=bound_value,
                created_at=made,
                expires_at=now + lifetime,
                used_at=None,
                voided_at=None,
            )
            await work.one_time_codes.add(code)
        return MailedCode(purpose, token, drafted.digits if drafted else "", flow_id, lifetime, now + lifetime)

    async def find_link(self, purpose: CodePurpose, token: str) -> OneTimeCode | Denied:
        """Return the usable code behind a link's token, without consuming it. Denied: InvalidCode (also for a voided
        one), ExpiredCode, UsedCode.
        """
        if not tokens.is_shaped(_KINDS[purpose], token):
            return Denied(InvalidCode())
        async with self._database.reading() as work:
            for hashed in self._hasher.digests(_label(purpose), token):
                if code := await work.one_time_codes.find_link(purpose, hashed):
                    return self._usable(code)
        return Denied(InvalidCode())

    async def find_digits(
        self, purpose: CodePurpose, user_id: str, bound_value: str, typed: str, *, same: _Same | None = None
    ) -> OneTimeCode | Denied:
        """Return the usable code that these digits belong to, without consuming it. The guess is counted and committed
        before it is compared. Denied: InvalidCode, ExpiredCode, UsedCode. Raises Overloaded.

        Only the correct digits reveal that a code is used or expired. Wrong digits are refused alike, whether there is
        a code or not, with as many writes and hashes (ASVS 6.3.8).

        `same`: only the user's newest code counts, and only when this function maps its bound value to `bound_value`.
        """
        with self._hashes.room():
            async with self._database.writing() as work:
                if same is None:
                    code = await work.one_time_codes.latest_digits(purpose, user_id, bound_value)
                else:
                    newest = await work.one_time_codes.newest_digits(purpose, user_id)
                    code = newest if newest and same(newest.bound_value) == bound_value else None
                guessed_at = code.id if code else self._hasher.digest(_label(purpose), bound_value)
                remembered = self._clock.now() + self.policy.longest_lifetime
                guesses = await work.rate_limits.count(f"guess:{guessed_at}", remembered)
            if code is None or guesses > self.policy.max_attempts:
                await self._hashes.burn(typed)
                return Denied(InvalidCode())
            if not await self._hashes.verify(code.code_hash, typed):
                return Denied(InvalidCode())
            return self._usable(code)

    async def consume(self, work: UnitOfWork, code: OneTimeCode) -> bool:
        """Use up the code, in the transaction of its effect; False when another request was faster."""
        return await work.one_time_codes.consume(code.id, code.purpose, self._clock.now())

    async def redeem(self, work: UnitOfWork, code: OneTimeCode) -> User | Denied:
        """Use up the code and return its user, with the row locked. Denied: InvalidCode when the account is disabled or
        deleted, UsedCode.
        """
        user = await work.users.hold(code.user_id)
        if user is None or not user.is_reachable:
            return Denied(InvalidCode(private="the account is gone or disabled"))
        return user if await self.consume(work, code) else Denied(UsedCode())

    def _usable(self, code: OneTimeCode) -> OneTimeCode | Denied:
        if code.voided_at is not None:
            return Denied(InvalidCode())
        if code.used_at is not None:
            return Denied(UsedCode())
        if code.expires_at <= self._clock.now():
            return Denied(ExpiredCode())
        return code


def _label(purpose: CodePurpose) -> str:
    """Return the label for the hash of this purpose's tokens. Purposes that share a kind of token still hash it
    differently, so that no token works for two of them.
    """
    kind = _KINDS[purpose]
    return kind if kind != tokens.UNDO else purpose.value
