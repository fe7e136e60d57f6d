"""How a reverse proxy asks, and rules to ask about."""

RULES = """
app.example.localhost/public/* public
app.example.localhost/admin/* role=admin,owner
app.example.localhost/vault/* aal=2
app.example.localhost/mail verified-email
app.example.localhost/closed deny
app.example.localhost/* signed-in
"""
APP = "app.example.localhost"


class Proxy:
    """Asks as nginx, Caddy and Traefik do."""

    def __init__(self, vestibule) -> None:
        self._http = vestibule.http

    async def ask(self, target: str = "/", path: str = "/forward-auth", host: str = APP, **more: str):
        told = {"X-Forwarded-Proto": "http", "X-Forwarded-Host": host, "X-Forwarded-Uri": target}
        headers = told | {name.replace("_", "-"): value for name, value in more.items()}
        return await self._http.get(path, headers={name: value for name, value in headers.items() if value is not None})
