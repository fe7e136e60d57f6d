"""Mail servers of the tests: a real SMTP server that refuses, waits and greylists, and Resend's API over HTTP."""

import asyncio
import email
import email.policy
import json
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from servers import free_port


class Received:
    """An SMTP server's handler that keeps what it gets. `refusals`: the answer to a command instead of 250.

    `slow`: how many seconds each command takes before the message. `stop`: at which command it waits for `go_on`, which
    it announces by `reached`.
    """

    def __init__(self) -> None:
        self.messages = []
        self.senders = []
        self.refusals = {}
        self.slow = 0
        self.stop = ""
        self.reached = threading.Event()
        self.go_on = threading.Event()

    @property
    def refuse(self):
        return self.refusals.get("RCPT", "")

    @refuse.setter
    def refuse(self, answer):
        self.refusals["RCPT"] = answer

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        await self._take_time("EHLO")
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        await self._take_time("MAIL")
        if refusal := self.refusals.get("MAIL"):
            return refusal
        envelope.mail_from, envelope.smtp_utf8 = address, "SMTPUTF8" in options
        self.senders.append(address)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        await self._take_time("RCPT")
        if refusal := self.refusals.get("RCPT"):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if refusal := self.refusals.get("DATA"):
            return refusal
        if envelope.smtp_utf8:  # headers in UTF-8, which the parser takes as text only
            message = email.message_from_string(envelope.content.decode(), policy=email.policy.default)
        else:
            message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.messages.append(message)
        return "250 OK"

    async def _take_time(self, command):
        await asyncio.sleep(self.slow)
        if command == self.stop:
            self.reached.set()
            await asyncio.to_thread(self.go_on.wait)


@contextmanager
def smtp_server(*, utf8=True):
    handler = Received()

    def check(server, session, envelope, mechanism, data):
        ok = isinstance(data, LoginPassword) and (data.login, data.password) == (b"mailer", b"its password")
        return AuthResult(success=ok)

    controller = Controller(
        handler, "127.0.0.1", free_port(), authenticator=check, auth_require_tls=False, enable_SMTPUTF8=utf8
    )
    controller.start()
    try:
        yield handler, controller.port
    finally:
        handler.go_on.set()
        controller.stop()


def smtp_settings(port: int) -> dict[str, str]:
    return {
        "MAIL_TRANSPORT": "smtp",
        "MAIL_FROM": "Vestibule <no-reply@example.com>",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(port),
        "SMTP_TLS": "none",
        "SMTP_USERNAME": "mailer",
        "SMTP_PASSWORD": "its password",
    }


class ResendApi(ThreadingHTTPServer):
    """Resend's API: keeps requests and answers `status` with `body`, or (`trickles`) byte by byte without an end."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _ResendHandler)
        self.requests = []
        self.status = 200
        self.body = b'{"id": "49a3999c"}'
        self.trickles = False
        self.stopped = threading.Event()


class _ResendHandler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        with suppress(OSError):
            while self.server.trickles and not self.server.stopped.wait(0.1):
                self.wfile.write(b" ")
            self.wfile.write(self.server.body)

    def log_message(self, *args):
        return


@contextmanager
def resend_api():
    api = ResendApi()
    thread = threading.Thread(target=api.serve_forever)
    thread.start()
    try:
        yield api
    finally:
        api.stopped.set()
        api.shutdown()
        thread.join()
        api.server_close()


def resend_address(api: ResendApi) -> dict[str, str]:
    """The settings by which Vestibule may call this one, which is no public address."""
    return {"RESEND_URL": f"http://127.0.0.1:{api.server_port}", "OUTBOUND_NETWORKS": "127.0.0.1/32"}


def resend_settings(api: ResendApi) -> dict[str, str]:
    return {
        "MAIL_TRANSPORT": "resend",
        "MAIL_FROM": "no-reply@example.com",
        "RESEND_API_KEY": "re_123456789",
        **resend_address(api),
    }
