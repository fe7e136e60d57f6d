"""Builds the services against abuse."""

from vestibule.bootstrap import policies
from vestibule.bootstrap.foundation import Foundation
from vestibule.services.abuse import AbuseServices
from vestibule.services.abuse.attack_detection import AttackDetection
from vestibule.services.abuse.csrf import Csrf
from vestibule.services.abuse.device_cookies import DeviceCookies
from vestibule.services.abuse.proof_of_work import ProofOfWork
from vestibule.services.abuse.rate_limits import RateLimits
from vestibule.services.records import RecordServices


def abuse_services(base: Foundation, records: RecordServices) -> AbuseServices:
    """Build the services against abuse. All workers share their limits, through the database."""
    database, clock, keys = base.database, base.clock, base.keys
    limits = RateLimits(database, clock, policies.limit_policy(base.settings), keys.hasher)
    cookies = DeviceCookies(keys.devices, clock)
    attacks = AttackDetection(database, clock, policies.attack_detection_policy(base.settings), records.audit)
    return AbuseServices(
        attack_detection=attacks,
        csrf=Csrf(keys.csrf, keys.hasher),
        device_cookies=cookies,
        proof_of_work=ProofOfWork(database, keys.puzzles, clock, limits, cookies, attacks),
        rate_limits=limits,
    )
