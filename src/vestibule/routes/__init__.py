"""The site map: every address Vestibule answers, as tables."""

from vestibule.routes import account, auth, browser, system
from vestibule.routes._route import Route

ROUTES: tuple[Route, ...] = (*system.ROUTES, *browser.ROUTES, *auth.ROUTES, *account.ROUTES)
