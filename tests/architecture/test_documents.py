"""The pages name what there is (paths, symbols, make targets, commands, settings, links), and explain in words."""

import ast
import fnmatch
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import typer

from vestibule import compatibility
from vestibule.cli import app
from vestibule.routes import ROUTES
from vestibule.settings import GROUPS, PREFIX

ROOT = Path(__file__).parents[2]
# Where a path of a page may begin, besides the folder of the page.
BASES = ("", "src/vestibule/", "clients/python/src/")
SOURCES = (".py", ".ts", ".tsx", ".toml", ".json", ".sql", ".yaml", ".html", ".mjs", "Makefile")
_FENCE = re.compile(r"^ *```(?P<info>.*)\n(?P<text>(?:.*\n)*?) *```$", re.MULTILINE)
_SPAN = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PATH = re.compile(r"(?<![\w/.:-])(?:docs|src|tests|tools|web|clients|deploy|bench|faults)/[\w./*{}-]*\w")
_FILE = re.compile(r"[\w*-]+\.(?:py|md|toml|json|tsx?|sql|ya?ml|txt|mjs|sh|html)")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?:\(\))?")
_CASE = re.compile(r"\b(?:SEC[- ]\d+|[A-HJ-Z]\d{1,2}|[Ii]ssues? #?\d+|FAULTS|DESIGN\.md|STYLE\.md)\b(?!\.\w)")
_ROUTE = re.compile(r"([A-Z]+(?:/[A-Z]+)*) (/[\w./{}*-]*)(?:\?\S*)?(?: .*)?")
_PLACE = re.compile(r"\{\w+\}")
_ADR = re.compile(r"\bADRs?\s+\d+")
_MADE_BY_OPERATORS = {"deploy/.env", "./data", "requirements.txt"}
_OF_OTHER_PROGRAMS = {"TMPDIR", "mod_lua", "testvectors_v1"}
_SET_BY_KUBERNETES = {"VESTIBULE_SERVICE_HOST", "VESTIBULE_PORT_8000_TCP"}
# The three reference systems have numbers that compatibility.md introduces.
_INTRODUCED = {"R1", "R2", "R3"}


@dataclass(frozen=True)
class Page:
    """A page of the documentation: its path from the root, and its text."""

    path: str
    text: str

    @property
    def prose(self) -> str:
        return _FENCE.sub("", self.text)

    @property
    def spans(self) -> list[str]:
        """What stands between backticks outside of blocks, on one line."""
        return [" ".join(span.split()) for span in _SPAN.findall(self.prose)]

    @property
    def block_lines(self) -> list[str]:
        blocks = [found["text"].replace("\\\n", " ") for found in _FENCE.finditer(self.text)]
        return [line.strip() for block in blocks for line in block.splitlines()]

    @property
    def made(self) -> set[str]:
        """The files that the page itself tells to write."""
        return {found["info"].split()[-1] for found in _FENCE.finditer(self.text) if "." in found["info"]}

    def calls(self, program: str) -> list[list[str]]:
        """The arguments with which spans and blocks call a program."""
        call = re.compile(rf"(?:^|[;&|] ?)(?:[A-Z_]+=\S+ )*{program} ([^|;&#)]+)")
        return [found[1].split() for line in (*self.spans, *self.block_lines) if (found := call.search(line))]


@cache
def files() -> frozenset[str]:
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return frozenset(name for name in listed if (ROOT / name).exists())


@cache
def folders() -> frozenset[str]:
    return frozenset(str(parent) for name in files() for parent in Path(name).parents)


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def definitions(file: str) -> dict[str, set[str]]:
    """What a module defines: functions, constants and classes, and the members of the classes."""
    found: dict[str, set[str]] = {}
    for node in ast.parse(read(file)).body:
        members = {name for inner in getattr(node, "body", ()) for name in _defined(inner)}
        of_self = {
            inner.attr
            for inner in ast.walk(node)
            if isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name) and inner.value.id == "self"
        }
        found |= {name: members | of_self if isinstance(node, ast.ClassDef) else set() for name in _defined(node)}
    return found


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


@cache
def classes() -> dict[str, set[str]]:
    """The members of every class of the server and the Python library, by its name."""
    found: dict[str, set[str]] = {}
    for file in files():
        if file.endswith(".py") and file.startswith(BASES[1:]):
            for name, members in definitions(file).items():
                if members:
                    found[name] = found.get(name, set()) | members
    return found


@cache
def words() -> frozenset[str]:
    """Every word of the sources: what is none of them is a name that nothing has."""
    sources = [name for name in files() if name.endswith(SOURCES) and name != "tests/architecture/test_documents.py"]
    return frozenset(word for name in sources for word in re.findall(r"\w+", read(name)))


def exists(path: str, page: Page) -> bool:
    """Whether this is a file, a folder, a module or, with a star, several of them."""
    for base in (*BASES, f"{Path(page.path).parent}/"):
        name = f"{base}{path.removeprefix('./')}".rstrip("/")
        if name in files() or name in folders() or f"{name}.py" in files():
            return True
        if "*" in path and any(Path(file).match(name) and file.count("/") == name.count("/") for file in files()):
            return True
    return False


def has_symbol(path: str) -> bool:
    """Whether `module.function` or `module.Class.member` is defined in the module of this path."""
    folder, _, last = path.rpartition("/")
    module, *names = last.split(".")
    for base in BASES:
        file = f"{base}{folder}/{module}.py"
        if names and file in files() and names[0] in (found := definitions(file)):
            return len(names) == 1 or names[1] in found[names[0]]
    return False


def wrong_paths(page: Page) -> set[str]:
    tops = {name for base in BASES for name in folders() if name.startswith(base)}
    spans = [span for span in page.spans if re.fullmatch(r"[\w./*{}-]+", span)]
    of_tree = [
        span for span in spans if "/" in span and any(f"{base}{span.partition('/')[0]}" in tops for base in BASES)
    ]
    missing = {
        path for path in (*of_tree, *_PATH.findall(page.text)) if not exists(path, page) and not has_symbol(path)
    }
    bare = {span for span in spans if _FILE.fullmatch(span) and not any(Path(name).match(span) for name in files())}
    return (missing | bare) - _MADE_BY_OPERATORS - page.made


def wrong_symbols(page: Page) -> set[str]:
    names = {span.removesuffix("()") for span in page.spans if _IDENTIFIER.fullmatch(span)}
    return {name for name in names if not _FILE.fullmatch(name) and not _is_named(name)} - _OF_OTHER_PROGRAMS


def _is_named(name: str) -> bool:
    if name.startswith(PREFIX) or not re.search(r"[A-Z_.]", name):
        return True
    first, *rest = name.split(".")
    if len(rest) == 1 and first in classes():
        return rest[0] in classes()[first]
    return set(name.split(".")) <= words()


def wrong_calls(page: Page) -> set[str]:
    targets = set(re.findall(r"^([a-z][a-z-]*):", read("Makefile"), re.MULTILINE))
    made = {f"make {called[0]}" for called in page.calls("make") if re.fullmatch("[a-z-]+", called[0])}
    commands = {f"vestibule {' '.join(called)}" for called in page.calls("vestibule") if not _is_a_command(called)}
    return commands | {call for call in made if call.partition(" ")[2] not in targets}


def _is_a_command(called: list[str]) -> bool:
    command = typer.main.get_command(app)
    for word in called:
        if not hasattr(command, "commands"):
            break
        if not re.fullmatch(r"[a-z-]+[,.]?", word) or word.startswith("-"):
            return True
        command = command.get_command(None, word.rstrip(",."))
        if command is None:
            return False
    options = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    return {word.rstrip(",").partition("=")[0] for word in called if word.startswith("--")} <= options


@cache
def routes() -> frozenset[str]:
    """Every method and path that is answered, with a profile or without, as `GET /api/sessions/{}`."""
    own = {(row.method, row.path): row for row in ROUTES}
    profiles = compatibility.PROFILES.values()
    added = [row for profile in profiles for row in profile.all_rows(own, development=True)]
    return frozenset(f"{row.method} {_PLACE.sub('{}', row.path)}" for row in (*ROUTES, *added))


def wrong_routes(page: Page) -> set[str]:
    named = [found for span in page.spans if (found := _ROUTE.fullmatch(span))]
    calls = {f"{method} {_PLACE.sub('{}', found[2])}" for found in named for method in found[1].split("/")}
    return {call for call in calls if not _is_a_route(call) and f'path="{call.partition(" ")[2]}"' not in page.text}


def _is_a_route(call: str) -> bool:
    """Whether this is a route, an address of one (`/api/sessions/7`), or the pattern of several (`/api/*`)."""
    return any(fnmatch.fnmatch(call, route.replace("{}", "*")) or fnmatch.fnmatch(route, call) for route in routes())


def wrong_settings(page: Page) -> set[str]:
    own = {PREFIX + field.metadata["name"] for kind in GROUPS.values() for field in kind.__dataclass_fields__.values()}
    named = set(re.findall(rf"\b{PREFIX}[A-Z][A-Z_0-9]*[A-Z0-9]\b(?!\*|_)", page.text))
    return {name for name in named if name.removesuffix("_FILE") not in own} - words() - _SET_BY_KUBERNETES


def wrong_links(page: Page) -> set[str]:
    links = [link for link in _LINK.findall(page.prose) if "://" not in link]
    return {link for link in links if not _leads_somewhere(page, *link.partition("#")[::2])}


def _leads_somewhere(page: Page, path: str, anchor: str) -> bool:
    target = str((ROOT / page.path).parent.joinpath(path).resolve().relative_to(ROOT)) if path else page.path
    if not anchor:
        return target in files() or target in folders()
    return target in files() and anchor in set(_anchors(read(target) if path else page.text))


def _anchors(text: str) -> Iterator[str]:
    for heading in re.findall(r"^#+ (.+)$", _FENCE.sub("", text), re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def numbers_alone(page: Page) -> set[str]:
    """Numbers of cases and decisions. A decision's may be the text of a link; a table's are known on its own page."""
    rows = {
        number for row in re.findall(r"^\| ([A-Z]\d[^|]*) \|", page.prose, re.MULTILINE) for number in row.split(", ")
    }
    linked = re.sub(r"\[[^\]]*\]\([^)]+\)", "", page.prose)
    unlinked = {" ".join(found.split()) for found in _ADR.findall(linked)}
    return {found for found in _CASE.findall(_SPAN.sub("", page.prose)) if found not in rows | _INTRODUCED} | unlinked


CHECKS = (wrong_paths, wrong_symbols, wrong_calls, wrong_routes, wrong_settings, wrong_links, numbers_alone)
# Decisions, results and the changelog tell about the past.
PAGES = [
    Page(name, read(name))
    for name in sorted(files())
    if name.endswith(".md") and not name.startswith(("docs/adr/", "docs/acceptance/", "CHANGELOG"))
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_a_page_names_what_there_is(page, check):
    assert check(page) == set()


@pytest.mark.parametrize("subject", ["A route", "A login method", "A setting", "An email", "A table"])
def test_a_checklist_ends_in_an_example_that_names_what_its_steps_made(subject):
    page = Page("docs/first-hour.md", read("docs/first-hour.md"))
    steps, _, example = page.text.partition(f"\n### {subject}\n")[2].partition("\n###")[0].partition("*Example:*")
    made = re.findall(r"\b(\d):\s((?:(?!\b\d:\s).)*)", example, re.DOTALL)
    assert len(made) > 2
    assert {number for number, _ in made} <= set(re.findall(r"^(\d)\. ", steps, re.MULTILINE))
    for _, text in made:
        assert any(exists(span, page) or has_symbol(span) for span in _SPAN.findall(text)), text


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (wrong_paths, "`services/nothing.py`"),
        (wrong_paths, "as docs/nothing.md says"),
        (wrong_paths, "`services/login/finish.Finish.nothing`"),
        (wrong_paths, "`test_nothing.py`"),
        (wrong_symbols, "`Finish.nothing`"),
        (wrong_symbols, "`NothingOfTheKind`"),
        (wrong_calls, "`make nothing`"),
        (wrong_calls, "```sh\nvestibule users nothing\n```\n"),
        (wrong_calls, "`vestibule dev --nothing`"),
        (wrong_routes, "`GET /api/nothing`"),
        (wrong_settings, "VESTIBULE_NOTHING=1"),
        (wrong_links, "[here](nothing.md)"),
        (wrong_links, "[here](sign-in.md#nothing)"),
        (numbers_alone, "as in F3"),
        (numbers_alone, "(ADR 24)"),
    ],
)
def test_a_name_of_nothing_is_noticed(check, text):
    assert check(Page("docs/page.md", f"# Page\n\n{text}\n")) != set()
