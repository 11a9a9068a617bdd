"""Every statement on data of counties that the product keeps as a constant of a module, and which of them were tried."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType

import core
import plugins
import web
from core.kernel.policies import PLATFORM_TABLES
from tests.isolation.recorded import FUNCTIONS, REFERENCE, tables_in
from tests.isolation.rows import county_tables

VERB = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b")


def modules() -> Iterator[ModuleType]:
    """Import every module of the product but the migrations of plugins."""
    for package in (core, plugins, web):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "piccolo_migrations" not in found.name:
                yield importlib.import_module(found.name)


def kept(value: object, name: str) -> Iterator[tuple[str, str]]:
    """Give the texts that a constant holds, one by one, with their names."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from kept(part, f"{name}[{key}]")
    elif isinstance(value, tuple | list | frozenset):
        for n, part in enumerate(value):
            yield from kept(part, f"{name}[{n}]")


def statements() -> dict[str, str]:
    """Give every such constant that names a table of counties, by module and name; one brought in by import counts once."""
    tables = {name for name in county_tables() if name not in PLATFORM_TABLES} - REFERENCE
    found: dict[str, str] = {}
    for module in modules():
        for name, value in vars(module).items():
            if not re.fullmatch(r"_?[A-Z][A-Z0-9_]*", name):
                continue
            for called, text in kept(value, f"{module.__name__}.{name}"):
                if VERB.match(text) and tables_in(text) & tables and not any(f in text for f in FUNCTIONS):
                    found.setdefault(text, called)
    return {called: text for text, called in found.items()}


def is_tried(text: str, tried: list[str]) -> bool:
    """Tell whether a statement was tried as it stands, or filled in, carried on from where it ends, or as a part of another."""
    pattern = ".*".join(re.escape(part) for part in re.split(r"\{\w*\}", text.strip()))
    return any(re.search(pattern, sql, re.DOTALL) for sql in tried)
