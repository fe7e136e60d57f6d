"""Addresses that may have been marked verified without having been proved are to be proved again.

A code was mailed to one spelling of an address, and another one with the same canonical form (strauss, strauß, letters
of full width) was stored as verified. Which of the two was mailed is not known any more. Every address whose canonical
form is not the address itself but for case is unverified from now on, also those that were proved rightly: their owners
confirm them again, signed in as before. Not found are addresses in plain ASCII that took the place of another spelling
by a mailed link: look at users with an `email.changed` event. Codes under way are void; people ask for new ones.

Going back does not verify anything again.
"""

from alembic import op

revision = "0009"
down_revision = "0008"

TABLES: dict[str, str] = {}


def upgrade() -> None:
    op.execute("UPDATE users SET email_verified_at = NULL WHERE lower(email) <> email_canonical")
    op.execute(
        """UPDATE one_time_codes SET voided_at = created_at
            WHERE purpose = 'email_verification' AND used_at IS NULL AND voided_at IS NULL"""
    )


def downgrade() -> None:
    pass
