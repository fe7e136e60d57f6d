"""What operators see of compatibility profiles when a server starts, and developers when one is missing."""

import httpx
import pytest

from servers import command, server
from vestibule import compatibility
from vestibule.settings.presets import PRESETS


class TestDevelopment:
    def test_the_banner_says_which_are_on_and_the_log_what_they_weaken(self, tmp_path):
        arguments = ("dev", "--data-dir", str(tmp_path), "--compatibility", "auth-flow,express-guide")
        with server(tmp_path, *arguments) as running:
            said = "".join(running.output)
            assert "Compatibility profiles: auth-flow, express-guide" in said
            for weakening in compatibility.PROFILES["auth-flow"].weakenings:
                assert weakening in said
            assert httpx.get(f"{running.url}/api/config").json()["compatibility"] == ["auth-flow", "express-guide"]

    def test_all_three_start_and_the_log_says_whose_default_does_not_count(self, tmp_path):
        arguments = ("dev", "--data-dir", str(tmp_path), "--compatibility", "auth-flow,express-guide,auth-service")
        with server(tmp_path, *arguments) as running:
            (line,) = [line for line in running.output if "compatibility_default" in line]
            assert "auth-service" in line
            assert "VESTIBULE_LINK_RESET_PASSWORD" in line

    def test_without_one_nothing_is_said(self, tmp_path):
        with server(tmp_path) as running:
            assert "ompatibility" not in "".join(running.output)

    def test_a_request_of_a_front_end_that_needs_one_names_it_in_the_log(self, tmp_path):
        with server(tmp_path) as running:
            for _ in range(2):
                httpx.post(f"{running.url}/api/v1/auth/login", json={})
        lines = [line for line in running.output if "profile_needed" in line]
        assert len(lines) == 1
        assert "--compatibility auth-service" in lines[0]

    @pytest.mark.parametrize("value", ["auth", "express-guide,express-guide:list"])
    def test_a_wrong_one_is_refused_with_the_names(self, tmp_path, value):
        answer = command("dev", "--data-dir", str(tmp_path), "--compatibility", value, folder=tmp_path)
        assert answer.returncode == 1
        assert all(word in answer.stderr for word in ("VESTIBULE_COMPATIBILITY", "got:", "expected:", "fix:"))
        assert "Traceback" not in answer.stderr
        assert value != "auth" or all(name in answer.stderr for name in PRESETS)
