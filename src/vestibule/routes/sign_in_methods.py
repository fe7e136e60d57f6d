"""What opens and guards the own account. Every change needs a proof from the last minutes."""

from vestibule.controllers import sign_in_methods
from vestibule.domain.errors import (
    AlreadyRegistered,
    Conflict,
    InvalidAttempt,
    LastMethod,
    NotFound,
    Overloaded,
    PasskeyRefused,
    StepNotOffered,
    ValidationFailed,
    WrongCode,
)
from vestibule.middleware import rate_limit, step_up
from vestibule.routes._guards import signed_in
from vestibule.routes._route import Route
from vestibule.schemas.base import Done
from vestibule.schemas.sign_in_methods import (
    CeremonyView,
    MethodsView,
    NewPasskeyRequest,
    PasskeyAdded,
    PasskeyName,
    RecoveryCodesView,
    SecondFactorChoice,
    SeedView,
    TotpCode,
)

_TAGS = ("account",)

ROUTES = (
    Route(
        method="GET", path="/api/account/methods", controller=sign_in_methods.overview, guard=signed_in,
        answers={200: MethodsView}, tags=_TAGS,
    ),
    Route(
        method="POST", path="/api/account/passkeys/options", controller=sign_in_methods.begin_passkey,
        guard=signed_in, limit=rate_limit.codes, fresh=step_up.always, answers={200: CeremonyView}, tags=_TAGS,
    ),
    Route(
        method="POST", path="/api/account/passkeys", controller=sign_in_methods.add_passkey, guard=signed_in,
        limit=rate_limit.codes, fresh=step_up.always, body=NewPasskeyRequest, answers={201: PasskeyAdded},
        errors=(ValidationFailed, InvalidAttempt, PasskeyRefused, AlreadyRegistered), tags=_TAGS,
    ),
    Route(
        method="PATCH", path="/api/account/passkeys/{id}", controller=sign_in_methods.rename_passkey, guard=signed_in,
        limit=rate_limit.codes, body=PasskeyName, answers={200: Done}, errors=(ValidationFailed, NotFound),
        tags=_TAGS,
    ),
    Route(
        method="DELETE", path="/api/account/passkeys/{id}", controller=sign_in_methods.remove_passkey,
        guard=signed_in, limit=rate_limit.codes, fresh=step_up.always, answers={200: Done},
        errors=(NotFound, LastMethod), tags=_TAGS,
    ),
    Route(
        method="POST", path="/api/account/totp", controller=sign_in_methods.begin_totp, guard=signed_in,
        limit=rate_limit.codes, fresh=step_up.always, answers={200: SeedView}, errors=(Conflict, StepNotOffered),
        tags=_TAGS,
    ),
    Route(
        method="POST", path="/api/account/totp/{ceremony}", controller=sign_in_methods.add_totp, guard=signed_in,
        limit=rate_limit.codes, fresh=step_up.always, body=TotpCode, answers={201: RecoveryCodesView},
        errors=(ValidationFailed, InvalidAttempt, WrongCode, Overloaded), tags=_TAGS,
    ),
    Route(
        method="DELETE", path="/api/account/totp", controller=sign_in_methods.remove_totp, guard=signed_in,
        limit=rate_limit.codes, fresh=step_up.always, answers={200: Done}, errors=(NotFound,), tags=_TAGS,
    ),
    Route(
        method="POST", path="/api/account/recovery-codes", controller=sign_in_methods.make_recovery_codes,
        guard=signed_in, limit=rate_limit.codes, fresh=step_up.always, answers={201: RecoveryCodesView},
        errors=(Conflict, Overloaded), tags=_TAGS,
    ),
    Route(
        method="PUT", path="/api/account/second-factor", controller=sign_in_methods.choose_second_factor,
        guard=signed_in, limit=rate_limit.codes, fresh=step_up.always, body=SecondFactorChoice, answers={200: Done},
        errors=(ValidationFailed, Conflict), tags=_TAGS,
    ),
    Route(
        method="DELETE", path="/api/account/password", controller=sign_in_methods.remove_password, guard=signed_in,
        limit=rate_limit.codes, fresh=step_up.always, answers={200: Done}, errors=(Conflict, LastMethod), tags=_TAGS,
    ),
    Route(
        method="DELETE", path="/api/account/trusted-devices/{id}", controller=sign_in_methods.forget_device,
        guard=signed_in, limit=rate_limit.codes, answers={200: Done}, errors=(NotFound,), tags=_TAGS,
    ),
)  # fmt: skip
