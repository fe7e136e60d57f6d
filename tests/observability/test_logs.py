"""Log lines keep no secret, whatever its way in, and stay one line."""

import io
import json
from contextlib import redirect_stderr

from vestibule.observability.logs import get_logger, redact


class TestStandardError:
    """Loggers live as long as the process; `sys.stderr` may be another one tomorrow, and the old one closed."""

    def test_a_line_goes_to_the_one_of_its_time(self):
        log = get_logger("example")
        with redirect_stderr(io.StringIO()) as first:
            log.error("one")
        first.close()
        with redirect_stderr(io.StringIO()) as second:
            log.error("two")
        assert json.loads(second.getvalue())["event"] == "two"


class TestRedaction:
    def test_secret_keys_lose_their_value(self):
        event = redact(None, "", {"password": "hunter2", "refreshToken": "x", "Authorization": "y", "path": "/a"})
        assert event == {
            "password": "[redacted]",
            "refreshToken": "[redacted]",
            "Authorization": "[redacted]",
            "path": "/a",
        }

    def test_secret_shapes_are_cut_out_of_any_text(self):
        event = redact(None, "", {"path": "/auth/reset-password/vst_rst_" + "A" * 49})
        assert event["path"] == "/auth/reset-password/[redacted]"
        event = redact(None, "", {"detail": "sent eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl here"})
        assert event["detail"] == "sent [redacted] here"

    def test_long_values_are_cut_off(self):
        assert len(redact(None, "", {"agent": "x" * 100_000})["agent"]) == 2048
