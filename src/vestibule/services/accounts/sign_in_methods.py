"""The overview of an account's sign-in methods."""

from collections.abc import Sequence
from dataclasses import dataclass

from vestibule.domain.credential import Credential, CredentialKind, FactorRecovery, TrustedDevice
from vestibule.domain.principal import Principal
from vestibule.repositories.unit_of_work import Database
from vestibule.services.credentials.factor_recovery import FactorRecoveries
from vestibule.services.credentials.trusted_devices import TrustedDevices


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that gives access to an account or guards it."""

    has_password: bool
    passkeys: Sequence[Credential]
    totp: Credential | None
    recovery_codes_left: int
    wants_second_factor: bool
    trusted_devices: Sequence[TrustedDevice]
    recovery: FactorRecovery | None


class SignInMethods:
    """Lists what gives access to the caller's account or guards it."""

    def __init__(self, database: Database, trusted: TrustedDevices, recoveries: FactorRecoveries) -> None:
        self._database = database
        self._trusted = trusted
        self._recoveries = recoveries

    async def overview(self, principal: Principal) -> Overview:
        """Return the sign-in methods and trusted devices that the caller has."""
        user = principal.user
        async with self._database.reading() as work:
            passkeys = await work.credentials.list(user.id, CredentialKind.PASSKEY)
            apps = await work.credentials.list(user.id, CredentialKind.TOTP)
            codes = await work.credentials.list(user.id, CredentialKind.RECOVERY_CODE)
        return Overview(
            has_password=user.password_hash is not None,
            passkeys=passkeys,
            totp=apps[0] if apps else None,
            recovery_codes_left=len(codes),
            wants_second_factor=user.second_factor_at is not None,
            trusted_devices=await self._trusted.list(user.id),
            recovery=await self._recoveries.running(user.id),
        )
