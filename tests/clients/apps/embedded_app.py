"""An application with Vestibule inside, under /auth."""

import os
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from vestibule_client.fastapi import CurrentUser

from vestibule import embed

auth = embed.app({"PUBLIC_URL": os.environ["VESTIBULE_ISSUER"]})


@asynccontextmanager
async def lifespan(app):
    async with auth.lifespan():
        yield


app = FastAPI(lifespan=lifespan)
app.add_middleware(embed.UpgradeMiddleware)
app.mount("/auth", auth)
app.router.routes.extend(auth.root_routes())


@app.get("/")
def home(user: CurrentUser):
    return HTMLResponse(f"<h1>Welcome, {user.display_name}</h1>")


@app.get("/api/session")
def ours():
    """A path that Vestibule has too, below its own."""
    return {"mine": True}
