"""`vestibule flows`: search the configured sign-in flows for a way into an account that must not exist."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated

import typer

from vestibule import bootstrap, settings
from vestibule.cli._common import fail, load_any, say
from vestibule.cli._installation import Commands
from vestibule.domain import takeover_check
from vestibule.domain.flow_check import Finding, FlowConfig, check
from vestibule.domain.takeover_check import Takeover
from vestibule.settings import Problem, Settings

app = Commands(help="Sign-in flows.", no_args_is_help=True)

# The configurations that the documentation describes; each must be without a finding.
SHIPPED: dict[str, dict[str, str]] = {
    "default": {},
    "second factor demanded of all users": {"MFA": "required"},
    "second factor demanded from a date on": {"MFA": "required", "MFA_FROM": "2099-01-31"},
    "second factor demanded of a role": {"MFA_ROLES": "admin"},
    "no authenticator apps": {"MFA": "off"},
    "no password": {"LOGIN_METHODS": "passkey,email_link"},
    "no email": {"LOGIN_METHODS": "passkey,password,totp,recovery_code"},
    "password only": {"LOGIN_METHODS": "password"},
    "no trusted devices": {"TRUSTED_DEVICE": "0s"},
}


@app.command("check")
def check_flows(
    shipped: Annotated[bool, typer.Option("--shipped", help="The documented configurations, not yours.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Findings as JSON.")] = False,
) -> None:
    """Search the configured methods and policies for an unsafe way to sign in; exit code 1 when there is one."""
    settings = (
        {name: _shipped(more) for name, more in SHIPPED.items()} if shipped else {"configured": load_any(stored=False)}
    )
    findings: dict[str, list[Finding] | list[Takeover]] = {
        name: check(flows_of(found)) for name, found in settings.items()
    }
    findings["taking an account back"] = takeover_check.check()
    if as_json:
        shown = {name: [asdict(finding) for finding in found] for name, found in findings.items()}
        typer.echo(json.dumps(shown, indent=2, default=str))
    else:
        for name, found in findings.items():
            _show(name, found)
    if any(findings.values()):
        raise typer.Exit(1)


def refuse_unsafe(settings: Settings) -> None:
    """Exit with code 1 when the sign-in flows are unsafe; only warn when an account's owner could be locked out."""
    for finding in check(flows_of(settings)):
        if finding.broken.is_about_safety:
            fix = "Change VESTIBULE_LOGIN_METHODS, VESTIBULE_MFA or VESTIBULE_RECOVERY_DELAY; `vestibule flows check`."
            fail(Problem("sign-in flows", str(finding), "no such way in", fix))
        say(f"warning: {finding}")


def flows_of(settings: Settings) -> FlowConfig:
    """Return the sign-in state machine of these settings, without connecting to anything."""
    system = bootstrap.build(settings)
    system.hashes.close()
    return system.flows


def _shipped(more: dict[str, str]) -> Settings:
    base = {"ENV": "development", "PUBLIC_URL": "http://localhost:8000", "SECRET_KEY": bootstrap.new_secret()}
    return settings.load(environ={f"VESTIBULE_{name}": value for name, value in {**base, **more}.items()})


def _show(name: str, findings: Iterable[Finding | Takeover]) -> None:
    found = list(findings)
    typer.echo(f"{name}: {'no finding' if not found else ''}")
    for finding in found:
        typer.echo(str(finding))
