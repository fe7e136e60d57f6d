"""Releases that exist only while a row runs: copies of the source tree, each with one more migration."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import vestibule
from vestibule.db.migrations import HEAD

_MIGRATION = '''"""The migration of a release that a row of `make faults` made."""

from alembic import op

revision = "{revision}"
down_revision = "{before}"
TABLES = {{}}


def upgrade():
    for statement in {statements!r}:
        op.execute(statement)
'''
_RENAMED = "not_before"


@dataclass(frozen=True)
class Release:
    """One release. `folder`: where its package `vestibule` is; `revision`: the newest of its migrations."""

    folder: Path
    revision: str


TODAY = Release(Path(vestibule.__file__).parents[1], HEAD)


def adding(before: Release, folder: Path, table: str) -> Release:
    """Write to `folder` the release after `before`, and return it: it gives `table` a column with a default, and an
    index on it. Older code may use the schema.
    """
    release = _copy(before, folder)
    column = f"added_{release.revision}"
    _add_migration(
        release, before.revision,
        f"ALTER TABLE {table} ADD COLUMN {column} TEXT NOT NULL DEFAULT 'none'",
        f"CREATE INDEX {table}_by_{column} ON {table} ({column})",
    )  # fmt: skip
    return release


def renaming(before: Release, folder: Path) -> Release:
    """Write to `folder` the release after `before`, and return it: it renames a column of `users` that the check of
    every session reads, in the schema and in its code. Older code may not use the schema.
    """
    release = _copy(before, folder)
    old, new = (_RENAMED if each == TODAY else f"{_RENAMED}_{each.revision}" for each in (before, release))
    for path in (release.folder / "vestibule").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        # The migrations of the past stay as they were.
        if path.parent.name != "versions" and old in text:
            path.write_text(re.sub(rf"\b{old}\b", new, text), encoding="utf-8")
    _add_migration(
        release, before.revision,
        f"ALTER TABLE users RENAME COLUMN {old} TO {new}",
        f"UPDATE schema_compatibility SET oldest_code = '{release.revision}'",
    )  # fmt: skip
    return release


def _copy(before: Release, folder: Path) -> Release:
    """Copy the package, with its compiled modules, so that its first start is as fast as that of an installed one."""
    release = Release(folder, f"{int(before.revision) + 1:04}")
    # Names that a running server gives to a module while it compiles it: gone a moment later.
    half_written = shutil.ignore_patterns("*.pyc.*")
    shutil.copytree(before.folder / "vestibule", folder / "vestibule", ignore=half_written)
    head = folder / "vestibule" / "db" / "migrations" / "__init__.py"
    text = head.read_text(encoding="utf-8")
    head.write_text(text.replace(f'HEAD = "{before.revision}"', f'HEAD = "{release.revision}"'), encoding="utf-8")
    return release


def _add_migration(release: Release, before: str, *statements: str) -> None:
    text = _MIGRATION.format(revision=release.revision, before=before, statements=statements)
    versions = release.folder / "vestibule" / "db" / "migrations" / "versions"
    (versions / f"{release.revision}_of_a_row.py").write_text(text, encoding="utf-8")
