"""Names use the field's words: what `retired_words.txt` lists is not used again, in code, on the wire or in the schema."""

import ast
import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from vestibule.db import migrate, url
from vestibule.settings import GROUPS

ROOT = Path(__file__).parents[2]
CODE = ("src/vestibule", "clients/python/src", "clients/js/src", "web/src", "faults", "bench", "tools")
_SPLIT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_TYPESCRIPT = re.compile(r"\b(?:function|class|interface|type|const|enum)\s+([A-Za-z_$][\w$]*)")
_HISTORY = ROOT / "src/vestibule/db/migrations/versions"


def words_of(name: str) -> set[str]:
    return {word.lower() for word in _SPLIT.findall(name)}


def rules() -> dict[str, tuple[str, set[str]]]:
    lines = (ROOT / "tests/architecture/retired_words.txt").read_text().splitlines()
    parted = [line.split() for line in lines if line and not line.startswith("#")]
    return {word: (place, set(allowed)) for word, place, *allowed in parted}


def refused(name: str, kind: str, file: str = "") -> list[str]:
    """The retired words in this name. `kind`: name, for functions and parameters, or other."""
    return [
        word
        for word, (place, allowed) in rules().items()
        if word in words_of(name) and (place == "all" or kind == "name") and not _may(allowed, name, file)
    ]


def _may(allowed: set[str], name: str, file: str) -> bool:
    return name in allowed or any(file.startswith(prefix) for prefix in allowed if prefix.endswith("/"))


def python_names(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, "name"
            arguments = node.args
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
            yield from ((argument.arg, "name") for argument in every if argument is not None)
        elif isinstance(node, ast.ClassDef):
            yield node.name, "other"
            yield from ((target, "other") for target in _assigned(node.body))
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr, "other"
    yield from ((target, "other") for target in _assigned(tree.body))


def _assigned(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        yield from (target.id for target in targets if isinstance(target, ast.Name))


def files(*endings: str) -> Iterator[tuple[Path, str]]:
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in endings and "node_modules" not in path.parts and not path.is_relative_to(_HISTORY):
                yield path, str(path.relative_to(ROOT))


def test_no_definition_and_no_parameter_uses_a_retired_word():
    bad = [
        f"{file}: {name}: {', '.join(words)}"
        for path, file in files(".py")
        for name, kind in python_names(ast.parse(path.read_text()))
        if (words := refused(name, kind, file))
    ]
    assert not bad, "\n".join(bad)


def test_no_definition_in_typescript_uses_a_retired_word():
    bad = [
        f"{file}: {name}: {', '.join(words)}"
        for path, file in files(".ts", ".tsx")
        for name in _TYPESCRIPT.findall(path.read_text())
        if (words := refused(name, "other", file))
    ]
    assert not bad, "\n".join(bad)


def test_no_file_is_named_by_a_retired_word():
    bad = [file for path, file in files(".py", ".ts", ".tsx") if refused(path.stem, "other", file)]
    assert not bad, "\n".join(bad)


def wire_names(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        properties = value.get("properties")
        yield from properties if isinstance(properties, dict) else ()
        if isinstance(value.get("name"), str) and "in" in value:
            yield value["name"]
        for member in value.values():
            yield from wire_names(member)
    elif isinstance(value, list):
        for member in value:
            yield from wire_names(member)


def test_no_member_on_the_wire_uses_a_retired_word():
    described = json.loads((ROOT / "docs/openapi.json").read_text())
    names = {*wire_names(described), *described["components"]["schemas"]}
    assert {name: words for name in sorted(names) if (words := refused(name, "other"))} == {}


def test_no_setting_uses_a_retired_word():
    names = [item.metadata["name"] for group in GROUPS.values() for item in group.__dataclass_fields__.values()]
    assert {name: words for name in names if (words := refused(name.lower(), "other"))} == {}


def test_no_table_and_no_column_uses_a_retired_word(tmp_path):
    migrate.upgrade(url.parse(f"sqlite:///{tmp_path}/names.db", ""))
    with sqlite3.connect(tmp_path / "names.db") as connection:
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'index')")
        ]
        columns = [row[1] for table in tables for row in connection.execute(f"PRAGMA table_info({table})")]
    connection.close()
    assert {name: words for name in (*tables, *columns) if (words := refused(name, "other"))} == {}


def test_a_retired_word_is_found_wherever_it_stands():
    assert refused("by_stamp", "name") == ["stamp"]
    assert refused("SessionDoor", "other") == ["door"]
    assert refused("known", "name") == ["known"]
    assert refused("unknown_field", "name") == []
    assert refused("NotFound", "other") == []
    assert refused("fault", "other", "faults/network.py") == []
    assert refused("fault", "other", "src/vestibule/http/json_body.py") == ["fault"]
