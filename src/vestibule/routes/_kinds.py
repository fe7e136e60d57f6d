"""Kinds of rows: columns that many rows of the site map share, under one name. A row names only what it adds."""

from functools import partial

from vestibule.checks import rate_limit, step_up
from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.checks.guards import anyone, signed_in
from vestibule.checks.route import Route
from vestibule.domain.errors import ExpiredCode, InvalidCode, UsedCode

public = partial(Route, "GET", guard=anyone, authorised_by=AuthorisedBy.NOTHING)
"""A document for everyone: no credential is looked at, so the answer is the same for every caller."""
by_body = partial(Route, "POST", guard=anyone, authorised_by=AuthorisedBy.OWN_BODY)
"""A request that its body alone authorises: by a password, a code, or the token of an emailed link."""
emailed = partial(by_body, limit=rate_limit.codes)
"""As `by_body`, about emailed links and codes: under the limit of those."""
own = partial(Route, guard=signed_in, authorised_by=AuthorisedBy.ANY_SESSION, tags=("account",))
"""A request about the caller's own account, with a session of either type."""
own_change = partial(own, whole_user=True, limit=rate_limit.codes)
"""As `own`, for a change: rate-limited, and made to the user and session as they are in the database."""
sensitive = partial(own_change, fresh=step_up.always)
"""As `own_change`, with a proof from the last minutes that it is still the same user (ASVS 7.5.1)."""

CODE_ERRORS = (InvalidCode, ExpiredCode, UsedCode)
"""The errors of a code, or of the token of an emailed link."""
