"""The end of a login attempt: a session is created, or a live session gets a fresh proof."""

from dataclasses import dataclass

from vestibule.domain.audit import Action
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, InvalidAttempt, InvalidCredentials
from vestibule.domain.instant import Instant
from vestibule.domain.login import LoginAttempt, Method, assurance, assurance_of
from vestibule.domain.pending import Delivery, TokenDelivery
from vestibule.domain.ports import Clock
from vestibule.domain.principal import Principal
from vestibule.domain.session import Session, SessionType
from vestibule.domain.sign_in import SignIn
from vestibule.domain.token import TokenPair
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database
from vestibule.services.abuse.device_cookies import DeviceCookies
from vestibule.services.abuse.rate_limits import RateLimits
from vestibule.services.credentials.trusted_devices import TrustedDevices
from vestibule.services.records.audit import AuditLog
from vestibule.services.records.notifications import Notifications
from vestibule.services.sessions.sessions import IssuedSession, Sessions
from vestibule.services.tokens.access_tokens import claims_of
from vestibule.services.tokens.tokens import Tokens

# Methods whose secrets can be guessed, so that failures are counted: one set for each of an account's two counters.
_FIRST_SECRETS = frozenset({Method.PASSWORD, Method.EMAIL_CODE})
_FACTOR_SECRETS = frozenset({Method.TOTP, Method.RECOVERY_CODE})


class CountedFailures:
    """Names the counters of failed tries, which start anew once the secret was proved."""

    def __init__(self, limits: RateLimits, device_cookies: DeviceCookies) -> None:
        self._limits = limits
        self._device_cookies = device_cookies

    def cleared_by(self, attempt: LoginAttempt, user: User, device: Device) -> tuple[str, ...]:
        """Return the keys of the failures that this proof clears: those of the secrets proved, and no others."""
        bucket, shown = self._device_cookies.bucket(user, device), {proof.method for proof in attempt.evidence}
        keys = {self._limits.account_key(bucket): _FIRST_SECRETS, self._limits.factor_key(bucket): _FACTOR_SECRETS}
        return tuple(key for key, methods in keys.items() if methods & shown)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A finished attempt: the session, and its cookie secret or tokens. `attempt` has the session type, which decides
    how they are delivered; `delivery`: how the client wants its refresh token. `trusted`: the secret of a device that
    is trusted from now on.
    """

    user: User
    roles: tuple[str, ...]
    issued: IssuedSession
    tokens: TokenPair | None
    attempt: LoginAttempt
    trusted: str | None = None
    delivery: TokenDelivery = TokenDelivery.BODY


@dataclass(eq=False, repr=False)
class Finish:
    """Finishes an attempt once enough was proved. `session` is the one place where a person becomes signed in."""

    _database: Database
    _clock: Clock
    _sessions: Sessions
    _tokens: Tokens
    _failures: CountedFailures
    _trusted: TrustedDevices
    _audit: AuditLog
    _notifications: Notifications

    async def session(
        self, attempt: LoginAttempt, user: User, device: Device, *, stored: bool = False, remember: bool = False
    ) -> SignedIn | Denied:
        """Create a session for this user, with exactly the assurance that the evidence gives. `stored`: the attempt has
        a row, which is finished too. `remember`: trust this device, which takes a cookie session and assurance level 2.
        Denied: InvalidAttempt; InvalidCredentials when the account changed since the proof.
        """
        proved = assurance(attempt.evidence)
        issued = await self._sessions.draft(user, attempt.session_type, proved, device)
        has_tokens = attempt.session_type is SessionType.TOKEN
        secret, hashed, expires = self._tokens.first_refresh_token(issued.session) if has_tokens else ("", "", 0)
        sign_in = self._sign_in(attempt, user, issued.session, hashed, expires, device)
        remember = remember and proved.aal > 1 and attempt.session_type is SessionType.COOKIE
        opened = await self._open(attempt, user, sign_in, device, stored=stored, remember=remember)
        if isinstance(opened, Denied):
            return opened
        roles, trusted = opened
        tokens = None
        if has_tokens:
            tokens = await self._tokens.pair(claims_of(issued.session, user, roles), secret, expires, user)
        delivery = attempt.context(Delivery) or Delivery()
        return SignedIn(user, roles, issued, tokens, attempt, trusted, delivery.refresh_token)

    async def step_up(self, attempt: LoginAttempt, principal: Principal, device: Device) -> SignedIn | Denied:
        """Give the caller's session a fresh proof and, if it is a cookie session, a new secret (ASVS 7.2.4). Denied
        (InvalidAttempt) when the attempt or the session ended or changed meanwhile.
        """
        fresh, session = assurance(attempt.evidence), principal.session
        proved = assurance_of(session).plus(*attempt.evidence)
        async with self._database.writing() as work:
            await work.users.hold(principal.user.id)
            if not await work.login_attempts.finish(attempt.id, self._clock.now()):
                return Denied(InvalidAttempt(private="finished or expired"))
            issued = await self._sessions.step_up(work, session, proved)
            if issued is None:
                return Denied(InvalidAttempt(private="the session changed meanwhile"))
            for key in self._failures.cleared_by(attempt, principal.user, device):
                await work.rate_limits.release(key)
            await self._audit.record_by_caller(work, Action.STEPPED_UP, device, principal, amr=fresh.amr)
        return SignedIn(principal.user, principal.roles, issued, None, attempt)

    async def _open(
        self, attempt: LoginAttempt, user: User, sign_in: SignIn, device: Device, *, stored: bool, remember: bool
    ) -> tuple[tuple[str, ...], str | None] | Denied:
        """Write everything for a sign-in in one transaction. Returns the user's roles and the secret of a newly trusted
        device.
        """
        async with self._database.reading() as work:
            new_device = await work.sessions.is_new_device(user.id, device.user_agent)
        trusted = None
        one_statement = not (new_device or stored or remember)
        async with self._database.autocommit() if one_statement else self._database.writing() as work:
            if stored:
                # Locked before the attempt's row: every change of the account locks the two in this order.
                await work.users.hold(user.id)
            if stored and not await work.login_attempts.finish(attempt.id, self._clock.now()):
                return Denied(InvalidAttempt(private="the attempt is finished or expired"))
            roles = await work.sign_ins.open(sign_in)
            if roles is None:
                return Denied(InvalidCredentials(private="the account changed since the proof"))
            if remember:
                trusted = await self._trusted.trust(work, user.id, sign_in.session.id, device)
            if new_device:
                await self._notifications.new_device(work, user, device)
        return roles, trusted

    def _sign_in(
        self, attempt: LoginAttempt, user: User, session: Session, refresh_hash: str, expires: Instant, device: Device
    ) -> SignIn:
        event = self._audit.event(
            Action.LOGIN_SUCCEEDED,
            device,
            subject=user.id,
            session=session.id,
            session_type=attempt.session_type.value,
            amr=session.amr,
            aal=session.aal,
        )
        return SignIn(
            session,
            user.password_changed_at or 0,
            user.second_factor_at or 0,
            user.not_before,
            refresh_hash,
            expires,
            self._failures.cleared_by(attempt, user, device),
            event,
        )
