"""A registered API, and how its server asks."""

import base64
from urllib.parse import quote

ORDERS = "https://orders.example.com"


class Api:
    """A registered API and its server."""

    def __init__(self, vestibule, client, secret) -> None:
        self.vestibule = vestibule
        self.client = client
        self.secret = secret

    async def post(self, path, token, *, secret="", client="", **fields):
        pair = f"{client or self.client.id}:{quote(secret or self.secret)}"
        headers = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
        return await self.vestibule.http.post(path, data={"token": token, **fields}, headers=headers)

    async def introspect(self, token, **more):
        return await self.post("/oauth/introspect", token, **more)


async def register(vestibule, name="orders", audience=ORDERS, scopes=("orders:read", "orders:write"), **more):
    return Api(vestibule, *await vestibule.services.tokens.clients.create(name, audience, scopes, **more))
