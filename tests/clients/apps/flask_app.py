"""An application with Flask."""

from flask import Flask
from vestibule_client.flask import Auth

app = Flask(__name__)
auth = Auth(app)


@app.get("/me")
@auth.required
def me():
    user = auth.user
    return {"id": user.id, "via": user.via, "username": user.username, "email": user.email, "aal": user.aal}


@app.get("/maybe")
def maybe():
    user = auth.user_or_none
    return {"id": user and user.id}


@app.get("/admin")
@auth.required(role="admin")
def admin():
    return {"id": auth.user.id}


@app.get("/orders")
@auth.required(scope="orders:read")
def orders():
    return {"id": auth.user.id}


@app.get("/vault")
@auth.required(aal=2)
def vault():
    return {"id": auth.user.id}


@app.post("/change")
@auth.required
def change():
    return {"id": auth.user.id}
