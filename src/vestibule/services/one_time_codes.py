"""Links and codes that are mailed out to be used once."""

from dataclasses import dataclass

from vestibule.crypto import tokens
from vestibule.crypto.entropy import digits, new_id
from vestibule.crypto.passwords import PasswordHashes
from vestibule.crypto.tokens import TokenHasher
from vestibule.domain.errors import Denied, ExpiredCode, InvalidCode, UsedCode
from vestibule.domain.instant import Duration, Instant
from vestibule.domain.one_time_code import CodeForm, CodePolicy, OneTimeCode, Purpose
from vestibule.domain.ports import Clock, Entropy
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database, UnitOfWork

_KINDS = {
    Purpose.PASSWORD_RESET: tokens.RESET,
    Purpose.EMAIL_VERIFICATION: tokens.VERIFY,
    Purpose.SIGN_IN: tokens.SIGN_IN,
    Purpose.EMAIL_UNDO: tokens.UNDO,
    Purpose.RECOVERY_CANCEL: tokens.UNDO,
    Purpose.DELETION_UNDO: tokens.UNDO,
    Purpose.NOT_ME: tokens.UNDO,
}
# Each belongs to an attempt of its own: whoever begins another one must not make these worthless.
_SIDE_BY_SIDE = frozenset({Purpose.SIGN_IN, Purpose.EMAIL_UNDO})
DIGITS = 6
# A user id that nobody has, for looking all the same.
NOBODY = "nobody"


@dataclass(frozen=True, slots=True, repr=False)
class DraftedDigits:
    """Six digits and their slow hash, made before the transaction that stores them."""

    digits: str
    hashed: str

    def __repr__(self) -> str:
        return "DraftedDigits(…)"


class OneTimeCodes:
    """Issue and redeem. A code belongs to one purpose, one user and one bound value, and works once."""

    def __init__(
        self, database: Database, clock: Clock, entropy: Entropy, hasher: TokenHasher, hashes: PasswordHashes,
        policy: CodePolicy,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._hasher = hasher
        self._hashes = hashes
        self.policy = policy

    async def draft_digits(self) -> DraftedDigits:
        """Fresh digits, hashed with the password hash: a leaked table must not give them away (ASVS 6.5.2)."""
        code = digits(DIGITS, self._entropy)
        with self._hashes.room():
            return DraftedDigits(code, await self._hashes.hash(code))

    async def issue(
        self, work: UnitOfWork, purpose: Purpose, user_id: str, bound_value: str, lifetime: Duration,
        drafted: DraftedDigits | None = None,
    ) -> str:  # fmt: skip
        """A link token, and the drafted digits beside it; older codes for the same are void from now on."""
        now = self._clock.now()
        only = bound_value if purpose in _SIDE_BY_SIDE else None
        await work.one_time_codes.void(user_id, purpose, now, bound_value=only)
        flow_id = new_id("flow", now, self._entropy)
        token = self._hasher.new(_KINDS[purpose])
        hashed = self._hasher.digest(_label(purpose), token)
        forms = [(CodeForm.LINK, hashed)]
        if drafted is not None:
            forms.append((CodeForm.DIGITS, drafted.hashed))
        for form, code_hash in forms:
            code = self._row(purpose, form, user_id, flow_id, code_hash, bound_value, now, now + lifetime)
            await work.one_time_codes.add(code)
        return token

    async def find_link(self, purpose: Purpose, token: str) -> OneTimeCode | Denied:
        """The code behind a link, if it can still be used; nothing is consumed."""
        if not tokens.is_shaped(_KINDS[purpose], token):
            return Denied(InvalidCode())
        async with self._database.reading() as work:
            for hashed in self._hasher.digests(_label(purpose), token):
                if code := await work.one_time_codes.find_link(purpose, hashed):
                    return self._usable(code)
        return Denied(InvalidCode())

    async def find_digits(self, purpose: Purpose, user_id: str, bound_value: str, typed: str) -> OneTimeCode | Denied:
        """The code that these digits belong to. The guess is counted and committed before it is compared.

        Whatever became of a code is said to whoever has its digits; wrong digits are refused alike, whether there is a
        code or not, with as many writes and hashes (ASVS 6.3.8).
        """
        with self._hashes.room():
            return await self._find_digits(purpose, user_id, bound_value, typed)

    async def _find_digits(self, purpose: Purpose, user_id: str, bound_value: str, typed: str) -> OneTimeCode | Denied:
        async with self._database.writing() as work:
            code = await work.one_time_codes.latest_digits(purpose, user_id, bound_value)
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
        """Use the code up, in the transaction of its effect; False when somebody else was faster."""
        return await work.one_time_codes.consume(code.id, code.purpose, self._clock.now())

    async def redeem(self, work: UnitOfWork, code: OneTimeCode) -> User | Denied:
        """Use the code up, and whose it is: somebody who may still do anything here."""
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

    def _row(
        self, purpose: Purpose, form: CodeForm, user_id: str, flow_id: str, code_hash: str, bound_value: str,
        now: Instant, expires_at: Instant,
    ) -> OneTimeCode:  # fmt: skip
        return OneTimeCode(
            id=new_id("code", now, self._entropy),
            purpose=purpose,
            form=form,
            user_id=user_id,
            flow_id=flow_id,
            code_hash=code_hash,
            bound_value=bound_value,
            created_at=now,
            expires_at=expires_at,
            used_at=None,
            voided_at=None,
        )


def _label(purpose: Purpose) -> str:
    """Purposes that share a kind of secret still do not share its hash."""
    kind = _KINDS[purpose]
    return kind if kind != tokens.UNDO else purpose.value
