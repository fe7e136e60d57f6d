"""Routes of the caller's sign-in methods and second factors.

Changes need a proof from the last minutes, except renaming a passkey and removing a trusted device.
"""

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
    WrongCode,
)
from vestibule.routes._kinds import own, own_change, sensitive
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

ROUTES = (
    own("GET", "/api/account/methods", sign_in_methods.overview, whole_user=True, answers={200: MethodsView}),
    sensitive("POST", "/api/account/passkeys/options", sign_in_methods.begin_passkey, answers={200: CeremonyView}),
    sensitive(
        "POST",
        "/api/account/passkeys",
        sign_in_methods.add_passkey,
        body=NewPasskeyRequest,
        answers={201: PasskeyAdded},
        errors=(InvalidAttempt, PasskeyRefused, AlreadyRegistered),
    ),
    own_change(
        "PATCH",
        "/api/account/passkeys/{id}",
        sign_in_methods.rename_passkey,
        body=PasskeyName,
        answers={200: Done},
        errors=(NotFound,),
    ),
    sensitive(
        "DELETE",
        "/api/account/passkeys/{id}",
        sign_in_methods.remove_passkey,
        answers={200: Done},
        errors=(NotFound, LastMethod),
    ),
    sensitive(
        "POST",
        "/api/account/totp",
        sign_in_methods.begin_totp,
        answers={200: SeedView},
        errors=(Conflict, StepNotOffered),
    ),
    sensitive(
        "POST",
        "/api/account/totp/{ceremony}",
        sign_in_methods.add_totp,
        body=TotpCode,
        answers={201: RecoveryCodesView},
        errors=(InvalidAttempt, WrongCode, Overloaded),
    ),
    sensitive("DELETE", "/api/account/totp", sign_in_methods.remove_totp, answers={200: Done}, errors=(NotFound,)),
    sensitive(
        "POST",
        "/api/account/recovery-codes",
        sign_in_methods.make_recovery_codes,
        answers={201: RecoveryCodesView},
        errors=(Conflict, Overloaded),
    ),
    sensitive(
        "PUT",
        "/api/account/second-factor",
        sign_in_methods.choose_second_factor,
        body=SecondFactorChoice,
        answers={200: Done},
        errors=(Conflict,),
    ),
    sensitive(
        "DELETE",
        "/api/account/password",
        sign_in_methods.remove_password,
        answers={200: Done},
        errors=(Conflict, LastMethod),
    ),
    own_change(
        "DELETE",
        "/api/account/trusted-devices/{id}",
        sign_in_methods.forget_device,
        answers={200: Done},
        errors=(NotFound,),
    ),
)
