"""Forward-auth: a reverse proxy asks before it passes a request on, and learns who it is for (no RFC; see ADR 19)."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal

from vestibule.crypto.jose import Signer
from vestibule.crypto.session_stamps import SessionStamps
from vestibule.domain.access_rule import AccessRules, Requirement
from vestibule.domain.active_session import ActiveSession
from vestibule.domain.instant import MINUTE, Duration, Instant, to_seconds
from vestibule.domain.ports import Clock
from vestibule.domain.session import Session
from vestibule.services.session_cache import Entry
from vestibule.services.session_check import SESSION_ID, Checked, SessionCheck
from vestibule.services.signing_keys import SigningKeys

FORWARD_TOKEN_TYPE = "vestibule-forward-auth+jwt"  # noqa: S105 - no access token: no API takes it for one
LIFETIME: Duration = 2 * MINUTE
_FRESH: Duration = MINUTE
_REMEMBERED = 2_000

_Key = tuple[str, str, str]
Why = Literal["unclear", "closed", "sign_in", "assurance", "role", "email"]


@dataclass(frozen=True, slots=True)
class Asked:
    """The request that stands before the proxy. `target`: its path and query, as the proxy received them."""

    scheme: str
    host: str
    target: str

    @property
    def origin(self) -> str:
        """What the signed header is for."""
        return f"{self.scheme}://{self.host}"

    @property
    def hostname(self) -> str:
        """The host without its port."""
        return self.host.partition(":")[0]


@dataclass(frozen=True, slots=True, eq=False)
class Passed:
    """It may go on. Without a session: the rule says that anybody may. The same object for the same answer."""

    session: ActiveSession | None
    token: str


_ANYBODY = Passed(None, "")


@dataclass(slots=True)
class Said:
    """What was signed, until when it is said again, and the session as it was looked up last."""

    passed: Passed
    until: Instant
    session: ActiveSession


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A request that may be asked about again, and what it takes. The same object for the same question."""

    asked: Asked
    requirement: Requirement


@dataclass(frozen=True, slots=True)
class Stopped:
    """It may not, and why."""

    why: Why
    requirement: Requirement | None = None


class ForwardAuth:
    """Judges by the rules; signs who it is for the application behind the proxy."""

    def __init__(
        self, clock: Clock, keys: SigningKeys, stamps: SessionStamps, check: SessionCheck, rules: AccessRules,
        issuer: str,
    ) -> None:  # fmt: skip
        self._clock = clock
        self._keys = keys
        self._stamps = stamps
        self._check = check
        self._issuer = issuer
        self._remembered: OrderedDict[_Key, Said] = OrderedDict()
        self.rules = rules

    async def judge(self, asked: Asked, session: ActiveSession | None) -> Passed | Stopped:
        """Whether this request may go on, for whoever holds this session. What is unclear may not."""
        requirement = self.requirement(asked)
        if requirement is None:
            return Stopped("unclear")
        why = _missing(requirement, session)
        if why is not None:
            return Stopped(why, requirement)
        if session is None:
            return _ANYBODY
        said = self._said_before(asked, session) or self._signed(asked, session, await self._keys.signer())
        return said.passed

    def requirement(self, asked: Asked) -> Requirement | None:
        """What the first rule that matches asks for; None when the address is not clear."""
        return self.rules.requirement(asked.hostname, asked.target)

    def known(self, question: Question, session: ActiveSession) -> Said | None:
        """A yes to whoever holds this session, said before or signed now; None is not a no."""
        if _missing(question.requirement, session) is not None:
            return None
        if said := self._said_before(question.asked, session):
            return said
        signer = self._keys.known_signer()
        return self._signed(question.asked, session, signer) if signer else None

    def holds(self, said: Said) -> bool:
        """Whether this is still said."""
        return self._clock.now() < said.until

    @staticmethod
    def known_of_nobody(question: Question) -> Passed | None:
        """The same, for whoever shows nothing."""
        return _ANYBODY if _missing(question.requirement, None) is None else None

    def known_stamp(self, stamp: str) -> Entry | None:
        """The session that was stamped, when that can be said without waiting; None is not a no."""
        session_id = self._stamps.read(stamp)
        return self._check.known(SESSION_ID, session_id) if session_id else None

    def stamp(self, session: Session) -> str:
        """What other hosts of the domain get to know a session by. It opens nothing here."""
        return self._stamps.stamp(session.id)

    async def by_stamp(self, stamp: str) -> Checked | None:
        """The session that was stamped; None when the stamp is not ours, or the session ended."""
        session_id = self._stamps.read(stamp)
        return None if session_id is None else await self._check.by_session_id(session_id)

    def _said_before(self, asked: Asked, session: ActiveSession) -> Said | None:
        known = self._remembered.get(_key(asked, session))
        if known is None or not self.holds(known) or not _says_the_same(known.session, session):
            return None
        known.session = session
        return known

    def _signed(self, asked: Asked, session: ActiveSession, signer: Signer) -> Said:
        """Signed once for a minute of requests: its subject, its host, and what is known of both."""
        key, now = _key(asked, session), self._clock.now()
        token = signer.sign(self._claims(asked, session, now), typ=FORWARD_TOKEN_TYPE)
        said = self._remembered[key] = Said(Passed(session, token), now + _FRESH, session)
        self._remembered.move_to_end(key)
        if len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)
        return said

    def _claims(self, asked: Asked, session: ActiveSession, now: Instant) -> dict[str, object]:
        return {
            "iss": self._issuer,
            "sub": session.user_id,
            "aud": asked.origin,
            "iat": to_seconds(now),
            "exp": to_seconds(now + LIFETIME),
            "sid": session.id,
            "auth_time": to_seconds(session.authenticated_at),
            "amr": list(session.amr),
            "acr": f"aal{session.aal}",
            "roles": list(session.roles),
            "preferred_username": session.username,
            "name": session.name,
            "email": session.email,
            "email_verified": session.email_verified_at is not None,
        }


def _key(asked: Asked, session: ActiveSession) -> _Key:
    return session.id, asked.scheme, asked.host


def _missing(requirement: Requirement, session: ActiveSession | None) -> Why | None:
    """The first thing that is missing, in the order in which a person can mend it."""
    if requirement.closed:
        return "closed"
    if requirement.public:
        return None
    if session is None:
        return "sign_in"
    if session.aal < requirement.aal:
        return "assurance"
    if requirement.roles and not requirement.roles & set(session.roles):
        return "role"
    return "email" if requirement.verified_email and session.email_verified_at is None else None


def _says_the_same(one: ActiveSession, other: ActiveSession) -> bool:
    """Whether nothing changed that the token says."""
    return one is other or one == other._replace(last_seen_at=one.last_seen_at, idle_expires_at=one.idle_expires_at)
