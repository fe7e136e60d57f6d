"""Defaults of settings under the compatibility profiles of VESTIBULE_COMPATIBILITY.

A profile is the front end of a system that Vestibule replaces; what else it changes is in `vestibule.compatibility`.
"""

from collections.abc import Iterable, Mapping

from vestibule.settings.problems import Problem

# By profile: setting (without prefix) and its default. A value in the environment goes before.
PRESETS: Mapping[str, Mapping[str, str]] = {
    "auth-flow": {
        "ACCESS_TOKEN_LIFETIME": "1h",
        "REFRESH_TOKEN_IDLE": "2d",
        "ACCESS_TOKEN_CLAIMS": "id,email,username:name,role",
        "LINK_RESET_PASSWORD": "/auth/reset-password/{token}",
    },
    "express-guide": {},
    "express-guide:list": {},
    "auth-service": {"LINK_RESET_PASSWORD": "/reset-password?t={token}"},
}
_NAME = "VESTIBULE_COMPATIBILITY"


def profiles(raw: str) -> tuple[str, ...]:
    """Parse a list of compatibility profiles, separated by commas."""
    names = tuple(dict.fromkeys(item.strip() for item in raw.split(",") if item.strip()))
    if not set(names) <= set(PRESETS):
        raise ValueError(f"some of {', '.join(PRESETS)}, separated by commas")
    if len({name.partition(":")[0] for name in names}) < len(names):
        raise ValueError("one edition of each system: express-guide, or express-guide:list, not both")
    return names


def defaults_of(names: Iterable[str], explicit: Iterable[str], problems: list[Problem]) -> dict[str, str]:
    """Return the defaults of these profiles by setting. Two profiles that differ about a setting are a problem, unless
    it is among the `explicit` ones, which have a value of their own.
    """
    found: dict[str, str] = {}
    for profile in names:
        for name, value in PRESETS.get(profile, {}).items():
            if found.setdefault(name, value) != value and name not in explicit:
                fix = f"Set VESTIBULE_{name} to the one that you want, or choose one of the profiles."
                problems.append(Problem(_NAME, f"profiles that need {found[name]} and {value}", f"one {name}", fix))
    return found
