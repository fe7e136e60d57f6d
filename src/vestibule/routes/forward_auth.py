"""Forward-auth: what browsers see of it. What proxies ask is answered in front: middleware/forward_auth.py."""

from vestibule.controllers import forward_auth
from vestibule.domain.errors import ValidationFailed
from vestibule.routes._guards import anyone
from vestibule.routes._route import Route
from vestibule.schemas.forward_auth import ReturnQuery

ROUTES = (
    Route(
        method="GET", path="/forward-auth/return", controller=forward_auth.come_back, guard=anyone, query=ReturnQuery,
        answers={303: None}, errors=(ValidationFailed,), tags=("forward-auth",),
    ),
)  # fmt: skip
