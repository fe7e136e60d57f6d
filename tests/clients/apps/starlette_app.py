"""An application with Starlette, and its own guards."""

from starlette.applications import Starlette
from starlette.authentication import requires
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from vestibule_client import AuthError, default
from vestibule_client.starlette import VestibuleMiddleware


def told(user):
    return JSONResponse(
        {"id": user.id, "via": user.via, "username": user.username, "email": user.email, "aal": user.aal}
    )


def guarded(**wanted):
    async def view(request: Request):
        user = request.user if request.user.is_authenticated else None
        try:
            return told(default().require(user, **wanted))
        except AuthError as error:
            return JSONResponse(error.problem, status_code=error.status, headers=error.headers)

    return view


async def maybe(request: Request):
    return JSONResponse({"id": request.user.id if request.user.is_authenticated else None})


@requires(["authenticated", "role:admin"])
async def admin(request: Request):
    return told(request.user)


class OnlyMaybeIsPublic:
    """The middleware with `required`, but for one path."""

    def __init__(self, app):
        self._open, self._shut = VestibuleMiddleware(app), VestibuleMiddleware(app, required=True)

    async def __call__(self, scope, receive, send):
        await (self._open if scope.get("path") == "/maybe" else self._shut)(scope, receive, send)


app = Starlette(
    routes=[
        Route("/me", guarded()),
        Route("/maybe", maybe),
        Route("/admin", admin),
        Route("/orders", guarded(scope="orders:read")),
        Route("/vault", guarded(aal=2)),
        Route("/change", guarded(), methods=["POST"]),
    ],
    middleware=[Middleware(OnlyMaybeIsPublic)],
)
