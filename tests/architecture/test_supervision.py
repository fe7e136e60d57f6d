"""Whatever runs beside the requests is supervised: tasks are started in one module, and the rest is named here."""

import ast
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "vestibule"
STARTS = {
    "create_task", "ensure_future", "TaskGroup", "start_soon", "create_task_group", "run_coroutine_threadsafe",
    "call_later", "call_at", "Thread", "Timer", "start_new_thread", "ThreadPoolExecutor", "ProcessPoolExecutor",
    "run_in_executor", "to_thread", "Process",
}  # fmt: skip
# (module, what it starts): why nobody has to watch it.
ALLOWED = {
    ("tasks.py", "create_task"): "this is the supervisor",
    ("server/limits.py", "call_later"): "the time limit of one connection: a callback that only closes it",
    ("process/stopping.py", "call_later"): "the worker ends, and its parent watches that it does",
    ("process/stopping.py", "Timer"): "the same, when the event loop no longer runs",
    ("crypto/passwords.py", "ThreadPoolExecutor"): "threads that only run what is awaited, and outlive its exceptions",
    ("crypto/passwords.py", "run_in_executor"): "awaited by whoever asked",
    ("adapters/outbound_connections.py", "ThreadPoolExecutor"): "as above",
    ("adapters/outbound_connections.py", "run_in_executor"): "awaited by the request, which has a time limit",
    ("db/sqlite_thread.py", "Thread"): "as above, and it may be left behind when the process ends",
    ("db/sqlite_groups.py", "call_later"): "a callback that only refuses those that wait",
    ("server/workers.py", "Process"): "worker processes, which their parent watches and replaces",
    ("embed.py", "to_thread"): "awaited at the start",
}


def starts_in(text: str) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and node.attr in STARTS:
            names.add(node.attr)
        elif isinstance(node, ast.Name) and node.id in STARTS:
            names.add(node.id)
        elif isinstance(node, ast.ImportFrom):
            names |= {alias.name for alias in node.names if alias.asname and alias.name in STARTS}
    return names


def test_tasks_and_threads_are_started_where_this_list_says():
    found = {
        (path.relative_to(SOURCE).as_posix(), name)
        for path in SOURCE.rglob("*.py")
        for name in starts_in(path.read_text())
    }
    assert found - ALLOWED.keys() == set(), "start it with vestibule.tasks.SupervisedTask, or say here why not"
    assert ALLOWED.keys() - found == set(), "these are gone: take them off the list"


def test_the_walk_sees_every_spelling():
    for line in (
        "asyncio.create_task(x())",
        "loop.create_task(x())",
        "start = asyncio.ensure_future",
        "async with asyncio.TaskGroup() as group: pass",
        "from asyncio import create_task as go",
        "threading.Thread(target=x).start()",
    ):
        assert starts_in(f"async def f():\n    {line}"), line
