"""Whether the master secret is the one of this database: with another one, sign-ins would fail and emails be lost."""

from collections.abc import Mapping

from vestibule.crypto.sealing import CannotUnseal, Sealer
from vestibule.domain.sealed_value import SealedKind, SealedValue
from vestibule.repositories.unit_of_work import Database
from vestibule.services.tokens.signing_keys import SigningKeys

_BATCH = 200
# Queued emails are left out: they come and go.
_KINDS = (SealedKind.SIGNING_KEY, SealedKind.TOTP_SEED)


class SecretCheck:
    """Tries the master secret, and those that are accepted beside it, on what is sealed in the database."""

    def __init__(self, database: Database, sealers: Mapping[SealedKind, Sealer], signing_keys: SigningKeys) -> None:
        self._database = database
        self._sealers = sealers
        self._signing_keys = signing_keys

    async def fits(self) -> bool:
        """Return whether the secret opens at least one of the keys and seeds, or none is there yet. Raises
        DatabaseUnavailable.
        """
        is_empty = True
        for kind in _KINDS:
            after = ""
            while page := await self._page(kind, after):
                if any(self._opens(value) for value in page):
                    return True
                is_empty, after = False, page[-1].row
        return is_empty

    async def serves(self) -> bool:
        """Return whether the secret fits and opens the key that signs now. Raises DatabaseUnavailable."""
        return await self._signing_keys.can_sign() and await self.fits()

    async def _page(self, kind: SealedKind, after: str) -> list[SealedValue]:
        async with self._database.reading() as work:
            return list(await work.sealed_values.page(kind, after, _BATCH))

    def _opens(self, value: SealedValue) -> bool:
        try:
            self._sealers[value.kind].unseal(value.sealed, row=value.row)
        except CannotUnseal:
            return False
        return True
