"""A call of every hot method, of rows in the middle of many."""

from factories import NOW
from plans.population import scattered
from plans.recorded import Sample
from vestibule.domain.audit import Action
from vestibule.domain.instant import DAY
from vestibule.domain.token import Rotation, RotationTimes
from vestibule.repositories.api_keys import ApiKeys
from vestibule.repositories.families import Families
from vestibule.repositories.outbox import Outbox
from vestibule.repositories.revocations import Revocations
from vestibule.repositories.revoked_tokens import RevokedTokens
from vestibule.repositories.sessions import CheckedBy, Sessions

# The first of the rows that these calls name: within the last fifth, whose sessions are active.
SESSIONS = 20_000
LIVE = SESSIONS - 1_999
TOKENS = 10
TIMES = RotationTimes(NOW, NOW + DAY, NOW + DAY, Action.TOKEN_REFRESHED)


def _rotations() -> list[Rotation]:
    """The last tokens of so many families."""
    return [
        Rotation(scattered("token", (LIVE + n) * 10), f"new {n}", "sealed", (f"event {n}", "", "", "", ""))
        for n in range(TOKENS)
    ]


# Of every two sessions one has a cookie, and of every twenty one is revoked.
HASHES = [scattered("hash", LIVE + 1 + 2 * n) for n in range(TOKENS)]
IDS = [f"session-{LIVE + 1 + 2 * n}" for n in range(TOKENS)]
TOUCHES = [(session_id, NOW, NOW + DAY) for session_id in IDS]
NEWEST = 10_000
ENDED = SESSIONS // 100


SAMPLES = {
    Families.rotate: [
        Sample(lambda work: work.families.rotate(_rotations()[:1], TIMES)),
        Sample(lambda work: work.families.rotate(_rotations(), TIMES), keys=TOKENS),
        Sample(lambda work: work.families.rotate(_rotations(), TIMES, waiting=True), keys=TOKENS),
    ],
    Sessions.find_active: [Sample(lambda work: work.sessions.find_active(IDS[0], NOW))],
    Sessions.lock_active: [Sample(lambda work: work.sessions.lock_active(IDS[0], NOW))],
    Sessions.check: [
        Sample(lambda work: work.sessions.check(CheckedBy.HASH, HASHES[:1], NOW)),
        Sample(lambda work: work.sessions.check(CheckedBy.HASH, HASHES, NOW), keys=TOKENS),
        Sample(lambda work: work.sessions.check(CheckedBy.ID, IDS[:1], NOW)),
        Sample(lambda work: work.sessions.check(CheckedBy.ID, IDS, NOW), keys=TOKENS),
    ],
    Sessions.touch_all: [
        Sample(lambda work: work.sessions.touch_all(TOUCHES[:1])),
        Sample(lambda work: work.sessions.touch_all(TOUCHES), keys=TOKENS),
    ],
    ApiKeys.check: [  # a user's and a client's
        Sample(lambda work: work.api_keys.check(scattered("key", LIVE + 3), NOW)),
        Sample(lambda work: work.api_keys.check(scattered("key", LIVE + 9), NOW)),
    ],
    ApiKeys.touch: [Sample(lambda work: work.api_keys.touch(f"key-{LIVE + 3}", NOW))],
    RevokedTokens.has: [Sample(lambda work: work.revoked_tokens.has(scattered("jti", LIVE)))],
    Outbox.state: [Sample(lambda work: work.outbox.state(), keys=ENDED)],  # it counts what was given up or dropped
    Revocations.publish: [
        Sample(lambda work: work.revocations.publish(IDS[:1], notify=True)),
        Sample(lambda work: work.revocations.publish(IDS[:1], notify=False)),
    ],
    Revocations.generation: [Sample(lambda work: work.revocations.generation())],
    Revocations.since: [Sample(lambda work: work.revocations.since(NEWEST - TOKENS), keys=TOKENS)],
}
