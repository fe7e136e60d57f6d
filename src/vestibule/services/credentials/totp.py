"""Authenticator apps: a seed is shared once, then codes prove possession of the app (TOTP, RFC 6238)."""

from dataclasses import KW_ONLY, dataclass

from vestibule.crypto import qr, totp
from vestibule.crypto.entropy import new_id
from vestibule.crypto.sealing import CannotUnseal, Sealer
from vestibule.domain.credential import Credential, CredentialKind
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, WrongCode
from vestibule.domain.pending import TotpSeed
from vestibule.domain.ports import Clock, Entropy
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database, UnitOfWork
from vestibule.services.credentials.factor_guesses import FactorGuesses


@dataclass(frozen=True, slots=True, repr=False)
class NewSeed:
    """A seed that its user has not confirmed yet: `secret` as text, `uri` as an otpauth address, `qr` as a picture
    (SVG), and `pending`, the sealed seed that waits for the app's first code.
    """

    secret: str
    uri: str
    qr: str
    pending: TotpSeed

    def __repr__(self) -> str:
        return f"NewSeed({self.pending.id})"


@dataclass(eq=False, repr=False)
class Totp:
    """Creates and checks authenticator apps. Seeds are sealed at rest; a code works once, for one account, and at most
    one step (30 seconds) before or after now. `may_be_added`: users may set up an app on their account pages.
    """

    _database: Database
    _clock: Clock
    _entropy: Entropy
    _sealer: Sealer
    _guesses: FactorGuesses
    _issuer: str
    _: KW_ONLY
    may_be_added: bool

    def draft(self, account: str) -> NewSeed:
        """Create a seed. `account`: the account name that the app shows."""
        seed_id = new_id("totp", self._clock.now(), self._entropy)
        seed = totp.new_seed(self._entropy)
        uri = totp.address(seed, account, self._issuer)
        return NewSeed(seed, uri, qr.svg(uri), TotpSeed(seed_id, self._sealer.seal(seed, row=seed_id)))

    def confirmed(self, user_id: str, seed: TotpSeed, typed: str) -> Credential | Denied:
        """Return the credential to store when the typed code proves that the app has the seed, and use the code up with
        it. Denied (WrongCode) otherwise.
        """
        step = self._step(seed.sealed, seed.id, typed)
        if step is None:
            return Denied(WrongCode())
        now = self._clock.now()
        return Credential(
            seed.id, user_id, CredentialKind.TOTP, seed.id, seed.sealed, step, "", "{}", now, now, None, None
        )

    async def replace(self, work: UnitOfWork, credential: Credential) -> None:
        """Store this credential in place of the user's old one: an account has one seed."""
        await work.credentials.remove_kind(credential.user_id, CredentialKind.TOTP)
        await work.credentials.add(credential)

    async def verify(self, user: User, typed: str, device: Device) -> Denied | None:
        """Use up the code that was typed; None means that it was right and fresh. The try is counted first, against the
        account and across all flows. Denied: RateLimited, or WrongCode.
        """
        tried = await self._guesses.count(user, device)
        if isinstance(tried, Denied):
            return tried
        denied = await self._use(user, typed)
        if denied is not None:
            await self._guesses.failed(tried, user, device)
        return denied

    async def _use(self, user: User, typed: str) -> Denied | None:
        async with self._database.reading() as work:
            held = await work.credentials.list(user.id, CredentialKind.TOTP)
        step = self._step(held[0].secret, held[0].id, typed) if held else None
        if step is None:
            return Denied(WrongCode())
        async with self._database.writing() as work:
            fresh = await work.credentials.advance(held[0].id, step, self._clock.now())
        return None if fresh else Denied(WrongCode(private="replayed"))

    def _step(self, sealed: str, row: str, typed: str) -> int | None:
        try:
            return totp.matching_step(self._sealer.unseal(sealed, row=row), typed, self._clock.now())
        except CannotUnseal:
            return None
