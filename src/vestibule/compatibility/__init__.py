"""Compatibility profiles: what the front ends of the reference systems need beyond Vestibule's own API.

A profile acts by four hooks that exist without it: rows that replace rows of the site map or add some (`Profile.rows`,
`Profile.development_rows`), an encoder of refusals by path (`Profile.refusals`), defaults of settings
(`settings/presets.py`), and further claims of access tokens (VESTIBULE_ACCESS_TOKEN_CLAIMS). Its rows are adapters:
they decode the system's members, call the services that all other rows call, and encode the system's answers.
"""

from collections.abc import Iterable, Mapping, Sequence

from vestibule.checks.route import Route
from vestibule.compatibility import auth_flow, auth_service, express_guide
from vestibule.compatibility.profile import Profile
from vestibule.http.problems import Refusals

PROFILES: Mapping[str, Profile] = {
    profile.name: profile
    for profile in (auth_flow.PROFILE, express_guide.PROFILE, express_guide.LIST_PROFILE, auth_service.PROFILE)
}


def chosen(names: Iterable[str]) -> tuple[Profile, ...]:
    """Return the profiles of these names, which the settings have checked."""
    return tuple(PROFILES[name] for name in names)


def rows(own: Sequence[Route], profiles: Iterable[Profile], *, development: bool) -> tuple[Route, ...]:
    """Return the site map: Vestibule's own rows, with those of the profiles in place of rows for the same request."""
    site_map = {(row.method, row.path): row for row in own}
    found = dict(site_map)
    for profile in profiles:
        found |= {(row.method, row.path): row for row in profile.all_rows(site_map, development=development)}
    return tuple(found.values())


def refusals(profiles: Iterable[Profile]) -> Refusals:
    """Return the encoders of refusals of these profiles by the start of a path."""
    return {prefix: encode for profile in profiles for prefix, encode in profile.refusals.items()}
