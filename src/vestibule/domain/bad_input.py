"""What was sent cannot be read, or breaks a rule; domain/errors.py draws the whole tree."""

from vestibule.domain.refusal import VestibuleError


class BadInput(VestibuleError):
    code = "bad_input"
    title = "Bad request"
    message = "The request cannot be read."
    fix = "Compare the request with docs/openapi.json."


class MalformedJson(BadInput):
    code = "malformed_json"
    title = "Not valid JSON"
    message = "The body is not one valid JSON object in UTF-8."
    fix = "Send a JSON object; check quotes, commas and the encoding."


class MalformedForm(BadInput):
    code = "malformed_form"
    title = "Not a valid form"
    message = "The body is not one valid form (application/x-www-form-urlencoded)."
    fix = "Send name=value pairs between `&`, percent-encoded UTF-8."


class InvalidScope(BadInput):
    code = "invalid_scope"
    title = "Unknown scope"
    message = "The API does not have this scope."
    fix = "Ask for some of its scopes, or for none to get all of them."


class DuplicateKey(BadInput):
    code = "duplicate_key"
    title = "Duplicate key"
    message = "The body names the same key twice."
    fix = "Send every key once."


class InvalidText(BadInput):
    code = "invalid_text"
    title = "Invalid characters"
    message = "The request holds a NUL character or a lone surrogate."
    fix = "Send well-formed Unicode text without NUL."


class UnsupportedMediaType(BadInput):
    code = "unsupported_media_type"
    title = "Unsupported media type"
    message = "The body is not of the media type that this address takes."
    fix = "Send the header Content-Type: application/json (OAuth's endpoints: application/x-www-form-urlencoded)."


class BodyTooLarge(BadInput):
    code = "body_too_large"
    title = "Body too large"
    message = "The body is larger than this server accepts."
    fix = "Send at most 64 KiB."


class SlowBody(BadInput):
    code = "slow_body"
    title = "Request timeout"
    message = "The body did not arrive in time."
    fix = "Send the whole request at once; a body may take 15 seconds."


class LostBody(BadInput):
    code = "lost_body"
    title = "Body lost"
    message = "The body of this request did not reach the application, because the request asks for an upgrade."
    fix = "Send it without the headers Upgrade and Connection: Upgrade, or see docs/guides/embedded.md for the server."


class UnknownHost(BadInput):
    code = "unknown_host"
    title = "Misdirected request"
    message = "This service does not answer under the host name of this request."
    fix = (
        "Use the host of VESTIBULE_PUBLIC_URL (a proxy must pass on Host), or add the name to VESTIBULE_ALLOWED_HOSTS."
    )


class AmbiguousPath(BadInput):
    code = "ambiguous_path"
    title = "Ambiguous address"
    message = (
        "The path holds an encoded or a backward slash, a dot, a semicolon, a percent sign or a control character."
    )
    fix = "Use the address as docs/openapi.json spells it."


class ValidationFailed(BadInput):
    code = "validation_failed"
    title = "Validation error"
    message = "Some fields need another value."
    fix = "Correct the fields named in `errors`."


class IdentifierTaken(ValidationFailed):
    code = "identifier_taken"
    title = "User already exists"
    message = "Somebody uses this username or email address already."
    fix = "Sign in, reset the password, or choose another value."
