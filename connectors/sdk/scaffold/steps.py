"""Finds the first thing that a new connector still lacks, by reading its files; nothing of them is run."""

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

#: In which order a connector is written; files that are not here come last.
ORDER = ("manifest", "client", "mapping", "errors", "webhooks", "adapter", "simulator", "exam")


class NotWritten(NotImplementedError):
    """This part of a new connector is still to be written; the message says how."""


@dataclass(frozen=True, slots=True)
class Step:
    """The next thing to do."""

    #: Relative to the connector's package.
    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.what}"


def next_step(package: Path) -> Step | None:
    """The first thing to do in the folder of a connector's package; None when all is written."""
    files = sorted(package.rglob("*.py"), key=lambda path: _place(path.relative_to(package)))
    for path in files:
        name = path.relative_to(package).as_posix()
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except SyntaxError as error:
            return Step(name, error.lineno or 1, f"Python can't read this: {error.msg}.")
        found = [*_placeholders(tree), *_not_written(tree)] if name == "manifest.py" else _not_written(tree)
        if found:
            line, what = min(found)
            return Step(name, line, what)
    return None


def _place(path: Path) -> tuple[int, str]:
    stem = Path(path.parts[0]).stem
    return (ORDER.index(stem) if stem in ORDER else len(ORDER), path.as_posix())


def _not_written(tree: ast.Module) -> list[tuple[int, str]]:
    return [
        (node.lineno, _first_text(node.exc))
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and _called(node.exc) == NotWritten.__name__
    ]


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _first_text(node: ast.Call) -> str:
    first = node.args[0] if node.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else "Write this part."


def _placeholders(tree: ast.Module) -> list[tuple[int, str]]:
    """Addresses below `.example`, a name that nobody can own (RFC 2606), as the source or as a setting's default."""
    values = (node.value for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg in _DECLARED)
    return [
        (value.lineno, f"{_DECLARE} {cast(str, value.value)} is only a placeholder.")
        for value in values
        if isinstance(value, ast.Constant) and _is_placeholder(value.value)
    ]


_DECLARED = {"default", "source"}
_DECLARE = (
    "Declare the vendor: its name, what it can do, its settings with the real addresses, and as verified.source the "
    "page of the vendor that says so."
)


def _is_placeholder(value: object) -> bool:
    return isinstance(value, str) and (urlsplit(value).hostname or "").endswith(".example")
