"""`make faults`: run the rows of the table and update docs/reliability.md. `--short`: a few rows; names: only those."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import commands
import database
import failovers
import failpoints
import maintenance
import network
import processes
import resource_limits
import resources
import upgrades
from result import Result

RESULTS_FILE = Path(__file__).parent / "results.json"
RELIABILITY_PAGE = Path(__file__).parents[1] / "docs" / "reliability.md"
_BEGIN, _END = "<!-- table: written by `make faults` -->", "<!-- end of table -->"
# The function of each row, its repetitions, and its repetitions with --short (0: left out).
TABLE: dict[str, tuple[Callable[[int], Result], int, int]] = {
    "kill-worker": (processes.kill_worker, 20, 2),
    "kill-server": (processes.kill_server, 3, 0),
    "kill-parent": (processes.kill_parent, 5, 0),
    "rolling-restart": (processes.rolling_restart, 5, 0),
    "rolling-upgrade": (upgrades.rolling_upgrade, 3, 1),
    "breaking-upgrade": (upgrades.breaking_upgrade, 3, 1),
    "kill-database": (database.kill_database, 5, 1),
    "restart-database": (database.restart_database, 10, 1),
    "end-connections": (database.end_connections, 10, 0),
    "freeze-database": (database.freeze_database, 2, 0),
    "failover": (failovers.failover, 3, 1),
    "async-failover": (failovers.async_failover, 2, 0),
    "standby-gone": (failovers.standby_gone, 2, 0),
    "lost-commit-reply": (network.lost_commit_reply, 10, 2),
    "no-connections": (database.no_connections_left, 2, 0),
    "exhausted-pool": (database.exhausted_pool, 2, 0),
    "link-down": (network.link_down, 3, 0),
    "black-hole": (network.black_hole, 2, 0),
    "slow-link": (network.slow_link, 2, 0),
    "thin-link": (network.thin_link, 2, 0),
    "full-disk": (database.full_disk, 2, 0),
    "no-files": (resource_limits.no_files_left, 2, 0),
    "hash-flood": (processes.hash_flood, 2, 0),
    "starved": (resource_limits.starved, 2, 0),
    "mail-down": (maintenance.mail_down, 2, 0),
    "lookup-gone": (resource_limits.lookup_gone, 2, 0),
    "every-step": (failpoints.every_step, 1, 0),
    "kill-migration": (commands.kill_migration, 1, 0),
    "rotate-secrets": (maintenance.rotate_secrets, 2, 0),
    "kill-rotation": (commands.kill_rotation, 1, 0),
    "restore": (maintenance.restore, 1, 1),
    "damaged-backup": (commands.damaged_backup, 1, 0),
    "kill-on-sqlite": (resource_limits.kill_on_sqlite, 5, 1),
    "kill-writers-on-sqlite": (resource_limits.kill_writers_on_sqlite, 20, 0),
    "clock-jumps": (maintenance.clock_jumps, 2, 0),
    "frozen-worker": (resource_limits.frozen_worker, 3, 0),
}


def line(result: Result) -> str:
    """Return the Markdown table line of this result."""
    return (
        f"| {result.number} | {result.fault} | {result.runs} | {result.requests:,} | {result.errors:,} "
        f"| {result.gap:.1f} | {result.recovery:.1f} | {len(result.violations)} | {result.notes} |"
    )


HEAD = (
    "| # | fault | runs | requests | without an answer, or 5xx | longest gap (s) | ready again after (s) "
    "| invariants broken | notes |\n|---|---|---|---|---|---|---|---|---|"
)


def write(results: dict[str, Result]) -> None:
    """Merge these results into results.json and rewrite the table in docs/reliability.md, in the order of TABLE."""
    lines = json.loads(RESULTS_FILE.read_text()) if RESULTS_FILE.exists() else {}
    lines |= {name: line(result) for name, result in results.items()}
    RESULTS_FILE.write_text(json.dumps({name: lines[name] for name in TABLE if name in lines}, indent=1) + "\n")
    text = RELIABILITY_PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    table = "\n".join([HEAD, *(lines[name] for name in TABLE if name in lines)])
    RELIABILITY_PAGE.write_text(f"{before}{_BEGIN}\n{table}\n{_END}{after}", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*TABLE, []], help="rows to run; all of them by default")
    parser.add_argument("--short", action="store_true", help="the rows and repetitions that fit into a minute or two")
    options = parser.parse_args()
    resources.quiet_machine = not options.short
    results: dict[str, Result] = {}
    for name, (row, full, short) in TABLE.items():
        runs = short if options.short else full
        if not runs or (options.names and name not in options.names):
            continue
        began = time.monotonic()
        result = row(runs)
        results[name] = result
        print(line(result), f"({time.monotonic() - began:.0f} s)", flush=True)
        for violation in result.violations[:20]:
            print(f"    VIOLATION {violation}", flush=True)
    if not options.short:
        write(results)
    broken = sum(len(result.violations) for result in results.values())
    print(f"{len(results)} rows, {broken} invariants broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
