"""Defaults of settings under the compatibility profiles of VESTIBULE_COMPATIBILITY.

A profile is the front end of a system that Vestibule replaces; what else it changes is in `vestibule.compatibility`.
"""

from collections.abc import Iterable, Mapping

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


def profiles(raw: str) -> tuple[str, ...]:
    """Parse a list of compatibility profiles, separated by commas."""
    names = tuple(dict.fromkeys(item.strip() for item in raw.split(",") if item.strip()))
    if not set(names) <= set(PRESETS):
        raise ValueError(f"some of {', '.join(PRESETS)}, separated by commas")
    if len({name.partition(":")[0] for name in names}) < len(names):
        raise ValueError("one edition of each system: express-guide, or express-guide:list, not both")
    return names


def defaults_of(names: Iterable[str]) -> dict[str, str]:
    """Return the defaults of these profiles by setting. Where two differ, the one that is named first decides."""
    found: dict[str, str] = {}
    for profile in names:
        for name, value in PRESETS.get(profile, {}).items():
            found.setdefault(name, value)
    return found


def overruled(profile: str, names: Iterable[str]) -> list[str]:
    """Return the settings in which this profile, one of `names`, does not get its default."""
    used = defaults_of(names)
    return [name for name, value in PRESETS[profile].items() if used[name] != value]
