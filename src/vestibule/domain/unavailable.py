"""Not now; domain/errors.py draws the whole tree."""

from vestibule.domain.refusal import VestibuleError


class Unavailable(VestibuleError):
    code = "unavailable"
    title = "Temporarily unavailable"
    message = "The service cannot answer right now. Nothing was changed."
    fix = "Try again after the seconds named in Retry-After."


class DatabaseUnavailable(Unavailable):
    code = "database_unavailable"
    title = "Database unavailable"
    message = "The database does not answer. Nothing was changed."
    fix = "Operators: `vestibule db status` and /health/ready say more."


class Overloaded(Unavailable):
    code = "overloaded"
    title = "Too busy"
    message = "Too many passwords are being checked at once. Nothing was changed."
    fix = "Try again after the seconds named in Retry-After; operators: add cores or workers."


class PasswordCheckUnavailable(Unavailable):
    code = "password_check_unavailable"
    title = "Password check unavailable"
    message = "The list of stolen passwords could not be asked. Nothing was changed."
    fix = "Try again; operators: see VESTIBULE_BREACHED_LOOKUP_FAILURE."


class TooManyFollowers(Unavailable):
    code = "too_many_followers"
    title = "Too many followers"
    message = "Too many programs follow the status of sessions here already."
    fix = "Ask without following (Accept: application/json) every few seconds, or try again later."
