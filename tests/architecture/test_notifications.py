"""An email is one call of a service: what it is called, which catalogue texts it has, and what is never sent."""

import inspect
import re
from pathlib import Path

import vestibule
from vestibule import i18n
from vestibule.services.records.notifications import Notifications

SOURCE = Path(vestibule.__file__).parent
EMAILS = {name for name, maker in vars(Notifications).items() if inspect.isfunction(maker) and name[0] != "_"}
# Two emails of one method.
TWO = {"second_factor": {"second_factor_on", "second_factor_off"}}


def test_every_email_is_sent_by_a_service():
    calls = {
        name
        for path in (SOURCE / "services").rglob("*.py")
        for name in re.findall(r"await self\._notifications\.(\w+)\(work,", path.read_text("utf-8"))
    }
    assert calls == EMAILS


def test_every_email_has_texts_of_its_own_and_no_text_is_without_an_email():
    subjects = {match[1] for key in i18n.catalogue("en") if (match := re.fullmatch(r"mail\.(\w+)\.subject", key))}
    assert subjects == {template for name in EMAILS for template in TWO.get(name, {name})}


def test_no_service_composes_or_queues_an_email_itself():
    for path in (SOURCE / "services").rglob("*.py"):
        if path.name != "notifications.py":
            assert "mail.messages" not in path.read_text("utf-8"), path
            assert not re.search(r"_notifications\.(_|messages)", path.read_text("utf-8")), path
