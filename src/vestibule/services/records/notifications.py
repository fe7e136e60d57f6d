"""Queues emails in the outbox, one method per email: sealed, in the transaction of their cause."""

import json
from dataclasses import dataclass, replace
from typing import TypedDict, Unpack

from vestibule.crypto import tokens
from vestibule.crypto.entropy import new_id
from vestibule.crypto.sealing import Sealer
from vestibule.crypto.tokens import TokenHasher
from vestibule.domain.device import Device
from vestibule.domain.instant import DAY, Duration, Instant
from vestibule.domain.mail import Alarm, Mail, OutboxKind
from vestibule.domain.one_time_code import CodeForm, CodePurpose, MailedCode, OneTimeCode
from vestibule.domain.ports import Clock, Entropy
from vestibule.domain.taking_back import TakenBack
from vestibule.domain.user import User
from vestibule.mail.messages import Facts, Messages
from vestibule.repositories.unit_of_work import UnitOfWork
from vestibule.services.records.devices import device_label

ALARM_LIFETIME: Duration = 7 * DAY
# What is stored of an email until it is sent.
_CONTENT = ("to", "subject", "text", "html", "template", "is_alert", "without_link")


class _Contents(TypedDict, total=False):
    """What an email contains beside the event's facts: the parameters of `Messages.compose`."""

    to: str
    code: MailedCode | None
    email: str
    name: str
    left: int
    ready: Instant
    taken: TakenBack


@dataclass(eq=False, repr=False)
class Notifications:
    """Queues one email per call, which is sent once the transaction `work` is committed. A queued email may contain a
    live secret, so it is sealed at rest.

    `user` is its reader; `device` made the request that it is about; `code` is the new code that it contains; `taken`
    lists what the event voided and kept.
    """

    _messages: Messages
    _sealer: Sealer
    _hasher: TokenHasher
    _clock: Clock
    _entropy: Entropy

    async def verify_email(self, work: UnitOfWork, user: User, to: str, code: MailedCode) -> None:
        """Email to `to` for verifying that address: a code to type and a link to open."""
        await self._send(work, "verify_email", user, None, to=to, code=code)

    async def account_exists(self, work: UnitOfWork, user: User) -> None:
        """Email to an account's owner that a registration used this address again (private registration only)."""
        await self._send(work, "account_exists", user, None)

    async def password_reset(self, work: UnitOfWork, user: User, code: MailedCode) -> None:
        """Email with the link for choosing a new password."""
        await self._send(work, "password_reset", user, None, code=code)

    async def sign_in(self, work: UnitOfWork, user: User, device: Device, code: MailedCode) -> None:
        """Email with the link that confirms a sign-in, and the code to type instead (empty digits: none)."""
        await self._send(work, "sign_in", user, device, code=code)

    async def new_device(self, work: UnitOfWork, user: User, device: Device) -> None:
        """Alert of a sign-in from a device not seen before."""
        await self._send(work, "new_device", user, device)

    async def guessing(self, work: UnitOfWork, user: User, device: Device) -> None:
        """Alert of many failed sign-ins to the account."""
        await self._send(work, "guessing", user, device)

    async def factor_guessing(self, work: UnitOfWork, user: User, device: Device) -> None:
        """Alert of many wrong codes for the second factor after a correct first step."""
        await self._send(work, "factor_guessing", user, device)

    async def refresh_reuse(self, work: UnitOfWork, user: User, device: Device) -> None:
        """Alert that a refresh token was used twice."""
        await self._send(work, "refresh_reuse", user, device)

    async def sessions_ended(self, work: UnitOfWork, user: User, device: Device, taken: TakenBack) -> None:
        """Alert that other devices were signed out."""
        await self._send(work, "sessions_ended", user, device, taken=taken)

    async def password_changed(self, work: UnitOfWork, user: User, device: Device, taken: TakenBack) -> None:
        """Alert that the password was changed."""
        await self._send(work, "password_changed", user, device, taken=taken)

    async def password_removed(self, work: UnitOfWork, user: User, device: Device, taken: TakenBack) -> None:
        """Alert that the password was removed."""
        await self._send(work, "password_removed", user, device, taken=taken)

    async def email_change(self, work: UnitOfWork, user: User, device: Device, new_email: str) -> None:
        """Alert to the current address that a change of address was requested; the new one is not confirmed yet."""
        await self._send(work, "email_change", user, device, email=new_email)

    async def email_changed(
        self, work: UnitOfWork, user: User, device: Device, new_email: str, code: MailedCode | None
    ) -> None:
        """Alert to the old address that the new one was confirmed; the link (None: without one) takes the account
        back.
        """
        await self._send(work, "email_changed", user, device, email=new_email, code=code)

    async def email_restored(
        self, work: UnitOfWork, user: User, device: Device, taken: TakenBack, to: str, code: MailedCode | None
    ) -> None:
        """Alert that an earlier address took the account back. `code`: for the password reset link; None for an address
        that must not get it.
        """
        await self._send(work, "email_restored", user, device, taken=taken, to=to, code=code)

    async def locked_down(
        self, work: UnitOfWork, user: User, device: Device, taken: TakenBack, code: MailedCode | None, *, to: str = ""
    ) -> None:
        """Alert that all devices were signed out after a "not me" or a lockdown. `code`: for the password reset link;
        None for an address that must not get it.
        """
        await self._send(work, "locked_down", user, device, taken=taken, code=code, to=to)

    async def account_deleted(
        self, work: UnitOfWork, user: User, device: Device, taken: TakenBack, code: MailedCode
    ) -> None:
        """Email that the account was deleted; until the grace period is over, the link restores it."""
        await self._send(work, "account_deleted", user, device, taken=taken, code=code)

    async def passkey_added(self, work: UnitOfWork, user: User, device: Device, name: str) -> None:
        """Alert that a passkey was added."""
        await self._send(work, "passkey_added", user, device, name=name)

    async def passkey_removed(self, work: UnitOfWork, user: User, device: Device, name: str) -> None:
        """Alert that a passkey was removed."""
        await self._send(work, "passkey_removed", user, device, name=name)

    async def passkey_cloned(self, work: UnitOfWork, user: User, device: Device, name: str) -> None:
        """Alert that a passkey's sign count went back, so that it may have been cloned."""
        await self._send(work, "passkey_cloned", user, device, name=name)

    async def totp_added(self, work: UnitOfWork, user: User, device: Device) -> None:
        """Alert that an authenticator app was added."""
        await self._send(work, "totp_added", user, device)

    async def totp_removed(self, work: UnitOfWork, user: User, device: Device) -> None:
        """Alert that the authenticator app was removed."""
        await self._send(work, "totp_removed", user, device)

    async def second_factor(self, work: UnitOfWork, user: User, device: Device, *, on: bool) -> None:
        """Alert that sign-ins need a second factor from now on (`on`), or no longer do."""
        await self._send(work, "second_factor_on" if on else "second_factor_off", user, device)

    async def recovery_codes_made(self, work: UnitOfWork, user: User, device: Device) -> None:
        """Alert that new recovery codes were created."""
        await self._send(work, "recovery_codes_made", user, device)

    async def recovery_code_used(self, work: UnitOfWork, user: User, device: Device, left: int) -> None:
        """Alert that a recovery code was used; `left` is how many remain."""
        await self._send(work, "recovery_code_used", user, device, left=left)

    async def factors_reset(self, work: UnitOfWork, user: User, device: Device, taken: TakenBack) -> None:
        """Alert that what had been set up before was removed, because the address was confirmed by a browser that was
        not signed in.
        """
        await self._send(work, "factors_reset", user, device, taken=taken)

    async def recovery_started(
        self, work: UnitOfWork, user: User, device: Device, code: MailedCode, ready: Instant
    ) -> None:
        """Alert that a recovery can remove the second factor from `ready` on (microseconds since 1970 UTC); the link
        cancels it.
        """
        await self._send(work, "recovery_started", user, device, code=code, ready=ready)

    async def recovery_cancelled(self, work: UnitOfWork, user: User, device: Device) -> None:
        """Alert that the removal of the second factor was cancelled."""
        await self._send(work, "recovery_cancelled", user, device)

    async def recovery_completed(self, work: UnitOfWork, user: User, device: Device, taken: TakenBack) -> None:
        """Alert that a recovery removed the second factor after its wait."""
        await self._send(work, "recovery_completed", user, device, taken=taken)

    async def api_key_created(self, work: UnitOfWork, user: User, device: Device, name: str) -> None:
        """Alert that an API key was created for the account."""
        await self._send(work, "api_key_created", user, device, name=name)

    async def _send(
        self, work: UnitOfWork, template: str, user: User, device: Device | None, **contents: Unpack[_Contents]
    ) -> None:
        facts = self._facts(device) if device else None
        await self._queue(work, self._messages.compose(template, user, facts, **contents))

    async def _queue(self, work: UnitOfWork, mail: Mail) -> None:
        """Queue this email, with a copy to each earlier address that can still take the account back (of the user
        `mail.copies_for`).
        """
        now = self._clock.now()
        if mail.alarm is not None:
            code = self._alarm_code(mail.alarm, now)
            await work.one_time_codes.add(code)
            mail = replace(mail, flow_id=code.flow_id)
        earlier = await work.one_time_codes.open_undo_addresses(mail.copies_for, now) if mail.copies_for else ()
        for address in dict.fromkeys((mail.to, *earlier)):
            await self._add(work, replace(mail, to=address), now)

    async def _add(self, work: UnitOfWork, mail: Mail, now: Instant) -> None:
        item_id = new_id("mail", now, self._entropy)
        content = {name: getattr(mail, name) for name in _CONTENT}
        await work.outbox.add(
            item_id,
            OutboxKind.EMAIL,
            mail.template,
            self._sealer.seal(json.dumps(content), row=item_id),
            now,
            due_at=now,
            expires_at=mail.expires_at,
            user_id=mail.user_id,
            flow_id=mail.flow_id,
        )

    def _facts(self, device: Device) -> Facts:
        """Return what an alert states about its request, with the secret of the "this was not me" link."""
        token = self._hasher.new(tokens.UNDO)
        code_hash = self._hasher.digest(CodePurpose.NOT_ME.value, token)
        return Facts(self._clock.now(), device_label(device.user_agent), device.address or "-", token, code_hash)

    def _alarm_code(self, alarm: Alarm, now: Instant) -> OneTimeCode:
        """Return the row behind an alert's link. Links of several alerts are valid side by side: each works once, for
        seven days.
        """
        return OneTimeCode(
            id=new_id("code", now, self._entropy),
            purpose=CodePurpose.NOT_ME,
            form=CodeForm.LINK,
            user_id=alarm.user_id,
            flow_id=new_id("flow", now, self._entropy),
            code_hash=alarm.code_hash,
            bound_value=alarm.address,
            created_at=now,
            expires_at=now + ALARM_LIFETIME,
            used_at=None,
            voided_at=None,
        )
