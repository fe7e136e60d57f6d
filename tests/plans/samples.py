"""A call of every hot method, of rows in the middle of many."""

from factories import NOW
from plans.population import scattered
from plans.recorded import Sample
from vestibule.domain.audit import Action
from vestibule.domain.instant import DAY
from vestibule.domain.token import Rotation, RotationTimes
from vestibule.repositories.families import Families

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


SAMPLES = {
    Families.rotate: [
        Sample(lambda work: work.families.rotate(_rotations()[:1], TIMES)),
        Sample(lambda work: work.families.rotate(_rotations(), TIMES), keys=TOKENS),
        Sample(lambda work: work.families.rotate(_rotations(), TIMES, waiting=True), keys=TOKENS),
    ],
}
