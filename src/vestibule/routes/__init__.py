"""The site map: every address Vestibule answers, as tables."""

from vestibule.routes import account, auth, browser, login, sign_in_methods, system
from vestibule.routes._route import Route

ROUTES: tuple[Route, ...] = (
    *system.ROUTES, *login.ROUTES, *browser.ROUTES, *auth.ROUTES, *account.ROUTES, *sign_in_methods.ROUTES,
)  # fmt: skip
