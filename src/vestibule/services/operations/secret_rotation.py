"""Rotation of the master secret: what the old secret sealed is sealed again under the new one (ASVS 11.2.2, 13.3.4)."""

from collections.abc import Mapping, Sequence
from typing import Any

from vestibule.crypto.sealing import CannotUnseal, Sealer
from vestibule.domain.audit import Action
from vestibule.domain.sealed_value import Resealed, SealedKind, SealedValue
from vestibule.repositories.unit_of_work import Database
from vestibule.services.records.audit import AuditLog

_BATCH = 200


class SecretRotation:
    """Seals stored values again. It may run beside running workers, any number of times: each value is replaced by
    compare-and-set.
    """

    def __init__(self, database: Database, sealers: Mapping[SealedKind, Sealer], audit: AuditLog) -> None:
        self._database = database
        self._sealers = sealers
        self._audit = audit

    async def reseal(self) -> Sequence[Resealed]:
        """Seal everything under the secret in use. Returns the counts of each kind, and the rows that no accepted
        secret opens.
        """
        done = [await self._reseal(kind) for kind in SealedKind]
        async with self._database.writing() as work:
            counts: dict[str, Any] = {found.kind.value: found.resealed for found in done}
            await self._audit.record_by_operator(work, Action.SECRETS_ROTATED, **counts)
        return done

    async def _reseal(self, kind: SealedKind) -> Resealed:
        after, current, changed, lost = "", 0, 0, list[str]()
        while page := await self._page(kind, after):
            after = page[-1].row
            async with self._database.writing() as work:
                for value in page:
                    if self._sealers[kind].is_current(value.sealed, row=value.row):
                        current += 1
                    elif (sealed := self._anew(value)) is None:
                        lost.append(value.row)
                    else:
                        await work.sealed_values.replace(value, sealed)
                        changed += 1
        return Resealed(kind, current, changed, tuple(lost))

    async def _page(self, kind: SealedKind, after: str) -> Sequence[SealedValue]:
        async with self._database.reading() as work:
            return await work.sealed_values.page(kind, after, _BATCH)

    def _anew(self, value: SealedValue) -> str | None:
        sealer = self._sealers[value.kind]
        try:
            return sealer.seal(sealer.unseal(value.sealed, row=value.row), row=value.row)
        except CannotUnseal:
            return None
