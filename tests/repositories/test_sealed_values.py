import pytest

from factories import NOW
from repositories.contracts import contract
from vestibule.domain.credential import CredentialKind
from vestibule.domain.sealed_value import SealedKind, SealedValue
from vestibule.repositories.sealed_values import SealedValues


async def sealed_rows(work, make, kind: SealedKind) -> list[str]:
    """Three rows that hold a sealed value of this kind, and some that do not: the keys of the three, in order."""
    alice = await make.user()
    if kind is SealedKind.SIGNING_KEY:
        keys = [(await make.signing_key()).kid for _ in range(3)]
        await make.signing_key(private_sealed="")
    elif kind is SealedKind.TOTP_SEED:
        keys = [(await make.credential(alice, CredentialKind.TOTP, secret="sealed")).id for _ in range(3)]
        await make.credential(alice)
    else:
        keys = [await make.email() for _ in range(3)]
        await work.outbox.sent(await make.email(), NOW)
    return keys


@pytest.mark.parametrize("kind", SealedKind)
class TestSealedValues:
    @contract(SealedValues.page)
    async def test_pages_are_ordered_by_key_and_continue_after_one(self, work, make, kind):
        first, second, third = await sealed_rows(work, make, kind)
        assert await work.sealed_values.page(kind, "", 2) == [
            SealedValue(kind, key, "sealed") for key in (first, second)
        ]
        assert await work.sealed_values.page(kind, second, 2) == [SealedValue(kind, third, "sealed")]
        assert await work.sealed_values.page(kind, third, 2) == []

    @contract(SealedValues.replace)
    async def test_a_value_is_replaced_unless_its_row_changed(self, work, make, kind):
        first, second, third = await sealed_rows(work, make, kind)
        await work.sealed_values.replace(SealedValue(kind, first, "other"), "new")
        await work.sealed_values.replace(SealedValue(kind, second, "sealed"), "new")
        found = await work.sealed_values.page(kind, "", 9)
        assert [(value.row, value.sealed) for value in found] == [(first, "sealed"), (second, "new"), (third, "sealed")]
