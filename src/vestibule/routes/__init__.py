"""The site map: every address Vestibule answers, as tables."""

from vestibule.checks.route import Route
from vestibule.routes import (
    account,
    api_keys,
    auth,
    browser,
    forward_auth,
    login,
    oauth,
    packages,
    sign_in_methods,
    status_lists,
    system,
)

ROUTES: tuple[Route, ...] = (
    *system.ROUTES,
    *login.ROUTES,
    *browser.ROUTES,
    *auth.ROUTES,
    *account.ROUTES,
    *sign_in_methods.ROUTES,
    *api_keys.ROUTES,
    *forward_auth.ROUTES,
    *oauth.ROUTES,
    *status_lists.ROUTES,
    *packages.ROUTES,
)
