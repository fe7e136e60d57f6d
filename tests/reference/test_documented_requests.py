"""docs/compatibility.md prints the articles' own requests; they are run from there, in every mode."""

import json
import re
from pathlib import Path

import pytest
from modes import MODES, token_of

from mail_servers import resend_address, resend_api

PAGE = (Path(__file__).parents[2] / "docs" / "compatibility.md").read_text(encoding="utf-8")
_ROW = re.compile(
    r"^\| (?P<article>[\w -]+) \| `(?P<method>[A-Z]+) (?P<path>/\S+)`( `(?P<body>\{.*?\})`)?(?P<bearer> with `Authorization[^|]*)? "
    r"\| (?P<status>\d{3}) `\{(?P<members>[^}]*)\}`(?P<more>[^|]*)\|$",
    re.MULTILINE,
)
_SECTION = PAGE.partition("\n## The articles' own requests\n")[2].partition("\n## ")[0]
ROWS = [found.groupdict() for found in _ROW.finditer(_SECTION)]
_MAIL = {"MAIL_TRANSPORT": "resend", "MAIL_FROM": "no-reply@example.com", "RESEND_API_KEY": "re_secret_of_ours"}


def test_every_line_of_the_table_is_read():
    assert len(ROWS) == _SECTION.count("\n| ") - 1
    assert {row["article"] for row in ROWS} == {"Auth-Flow", "Express guide"}


@pytest.mark.parametrize("mode", MODES)
async def test_each_is_answered_as_printed(start, mode):
    with resend_api() as mails:
        settings = _MAIL | resend_address(mails) | MODES[mode]
        async with start(**settings) as system:
            known: dict[str, str] = {}
            browser = system.browser()
            for row in ROWS:
                body = json.loads(await filled(row["body"], known, system, mails)) if row["body"] else None
                headers = {"Authorization": f"Bearer {known['accessToken']}"} if row["bearer"] else {}
                asked = browser.send if row["article"] == "Express guide" else system.http.request
                sent = {"json": body} if body is not None else {}
                more = headers if asked == browser.send else {"headers": headers}
                answer = await asked(row["method"], row["path"], **sent, **more)
                assert answer.status_code == int(row["status"]), (row, answer.text)
                assert set(row["members"].split(",")) <= set(answer.json())
                known |= {
                    name: answer.json()[name] for name in ("accessToken", "refreshToken") if name in answer.json()
                }
                if "one of the first" in row["more"]:
                    assert "one of the first that attackers try" in answer.json()["message"]


async def filled(body: str, known: dict[str, str], system, mails) -> str:
    """The body with what the page can only name."""
    if "<reset token>" in body and "reset token" not in known:
        known["reset token"] = await token_of(system, mails, "Reset your password")
    return re.sub(r"<([\w ]+)>", lambda found: known[found[1]], body)
