"""Deferred jobs: work done from the outbox after the response, so that the response takes the same time for every
account.
"""

from enum import StrEnum


class DeferredJob(StrEnum):
    """The jobs that a request can enqueue, as stored in `outbox.name`."""

    CLAIM_REGISTRATION = "registration"
    EMAIL_RESET_LINK = "password_reset"
    EMAIL_VERIFICATION_CODE = "verification"
    EMAIL_SIGN_IN = "sign_in"
    ALERT_OF_PASSWORD_GUESSING = "guessing"
    ALERT_OF_FACTOR_GUESSING = "factor_guessing"
