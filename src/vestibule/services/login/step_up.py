"""Step-up: the one place that decides whether a request comes with a fresh proof of its sender (ASVS 7.5.1)."""

from dataclasses import dataclass

from vestibule.domain.audit import Action
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, FieldError, ValidationFailed, WrongPassword
from vestibule.domain.login import Evidence, Factor, Method, NeedsStep, assurance, assurance_of
from vestibule.domain.ports import Clock
from vestibule.domain.principal import Principal
from vestibule.repositories.unit_of_work import Database
from vestibule.services.abuse.device_cookies import DeviceCookies
from vestibule.services.abuse.rate_limits import RateLimits
from vestibule.services.credentials.password_verifier import PasswordVerifier
from vestibule.services.login.login import LoginService
from vestibule.services.records.audit import AuditLog

_KNOWLEDGE = frozenset({Factor.KNOWLEDGE})
_MISSING = FieldError("required", "Changing the password needs the current one.")


@dataclass(frozen=True, slots=True, repr=False)
class RequestProof:
    """The password that a request carries beside its session, unchecked. `field`: the member of the body that has it.

    `is_current`: it is the password that the request replaces. It is required of an account that has one (ASVS 6.2.3),
    and means nothing for an account that has none.
    """

    field: str = ""
    password: str | None = None
    is_current: bool = False

    def __repr__(self) -> str:
        return f"RequestProof({self.field})"


@dataclass(eq=False, repr=False)
class StepUp:
    """Decides by the session's proofs and their time, and by the password in the request once it was checked."""

    _database: Database
    _clock: Clock
    _login: LoginService
    _passwords: PasswordVerifier
    _limits: RateLimits
    _device_cookies: DeviceCookies
    _audit: AuditLog

    async def check(self, principal: Principal, shown: RequestProof, device: Device) -> NeedsStep | Denied | None:
        """Return None when enough was proved; else the attempt to run first, or Denied with what is wrong with the
        password.

        The password is checked only where it could be enough or the session is: never on an old session of an account
        that has no password, or that needs a second factor. A password that is checked has to be right.
        """
        has_password = principal.user.password_hash is not None
        password = shown.password if has_password or not shown.is_current else None
        if not await self._may_go_on(principal, password):
            return await self._login.begin_step_up(principal, device)
        if password is not None:
            return await self._verify(principal, password, shown.field, device)
        if shown.is_current and has_password:
            return Denied(ValidationFailed(fields={shown.field: _MISSING}))
        return None

    async def _may_go_on(self, principal: Principal, password: str | None) -> bool:
        rule, now = await self._login.step_up_rule(principal), self._clock.now()
        if rule.accepts(assurance_of(principal.session), now):
            return True
        if not password or principal.user.password_hash is None:
            return False
        return rule.accepts(assurance([Evidence(Method.PASSWORD, _KNOWLEDGE, "pwd", now)]), now)

    async def _verify(self, principal: Principal, password: str, field: str, device: Device) -> Denied | None:
        user = principal.user
        right = await self._passwords.verify(user, user.id, password, device)
        if isinstance(right, Denied):
            return right
        async with self._database.writing() as work:
            if right:
                await self._limits.release(work, self._device_cookies.bucket(user, device))
                return None
            await self._audit.record_by_caller(work, Action.PASSWORD_CHECK_FAILED, device, principal)
        return Denied(WrongPassword(fields={field: FieldError("wrong_password", WrongPassword.message)}))
