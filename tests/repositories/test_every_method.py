"""Every public method of every repository has a contract."""

import importlib
import inspect
import pkgutil
from pathlib import Path

import repositories as contracts_of
from repositories.contracts import contract, owner_of, public_methods, repositories
from vestibule import repositories as package

METHODS = {method for repository in repositories().values() for method in public_methods(repository)}


def marked() -> list:
    """Every test function of this folder, in classes too."""
    modules = [
        importlib.import_module(f"repositories.{found.name}") for found in pkgutil.iter_modules(contracts_of.__path__)
    ]
    owners = [*modules, *(value for module in modules for value in vars(module).values() if inspect.isclass(value))]
    return [value for owner in owners for value in vars(owner).values() if hasattr(value, "contract")]


def test_every_public_method_has_a_contract():
    held = {method for test in marked() for method in test.contract}
    assert sorted(method.__qualname__ for method in METHODS - held) == []


def test_contracts_are_of_public_methods_of_repositories():
    held = {method for test in marked() for method in test.contract}
    assert held <= METHODS


def test_every_class_with_statements_is_a_repository():
    """One that no unit of work offers would be missed by the walk."""
    classes = {
        value
        for found in pkgutil.iter_modules(package.__path__)
        for value in vars(importlib.import_module(f"vestibule.repositories.{found.name}")).values()
        if inspect.isclass(value) and value.__module__ == f"vestibule.repositories.{found.name}"
        if any(inspect.iscoroutinefunction(method) for method in public_methods(value))
    }
    assert classes == set(repositories().values())


def test_each_file_is_named_after_a_module():
    """But for this one."""
    modules = {found.name for found in pkgutil.iter_modules(package.__path__)}
    files = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")} - {"every_method"}
    assert files <= modules


def test_a_contract_knows_whose_method_it_is():
    @contract(*METHODS)
    def test(): ...

    assert {owner_of(method) for method in test.contract} == set(repositories().values())
