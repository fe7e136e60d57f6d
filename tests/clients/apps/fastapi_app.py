"""An application with FastAPI."""

from typing import Annotated

from fastapi import FastAPI
from vestibule_client.fastapi import CurrentUser, OptionalUser, require
from vestibule_client.user import User

app = FastAPI()


@app.get("/me")
def me(user: CurrentUser):
    return {"id": user.id, "via": user.via, "username": user.username, "email": user.email, "aal": user.aal}


@app.get("/maybe")
async def maybe(user: OptionalUser):
    return {"id": user and user.id}


@app.get("/admin")
def admin(user: Annotated[User, require(role="admin")]):
    return {"id": user.id}


@app.get("/orders")
def orders(user: Annotated[User, require(scope="orders:read")]):
    return {"id": user.id}


@app.get("/vault")
def vault(user: Annotated[User, require(aal=2)]):
    return {"id": user.id}


@app.post("/change")
def change(user: CurrentUser):
    return {"id": user.id}
