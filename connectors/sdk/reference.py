"""The tables of the SDK's reference, made from its own docstrings, so that the guide can't drift from the code."""

import inspect
import re
from collections.abc import Callable, Iterable

from connectors.sdk import errors, http, ports, text, webhooks
from connectors.sdk.declaration import PORTS, methods_of
from connectors.sdk.manifest import Manifest
from connectors.sdk.models import Context

#: What a connector's author calls, by the module to import it from.
_HELPERS: dict[str, tuple[Callable[..., object], ...]] = {
    "connectors.sdk.http": (http.build_request, http.call, http.send_once, http.Answer.json_object, http.build_client),
    "connectors.sdk.text": (text.count, text.require_fits, text.require_sendable, text.isolate, text.join),
    "connectors.sdk.webhooks": (webhooks.verify_standard, webhooks.sign_standard),
    "connectors.sdk": (Manifest.setting, Context.now, Context.require_credentials, ports.port),
}
#: A line of the family tree in the docstring of `connectors.sdk.errors`.
_BRANCH = re.compile(r"^[| ]*[|`]-- (\w+) +(.+)$", re.MULTILINE)


def port_table() -> str:
    """Each capability with its port, what the port is for, and its methods."""
    rows = [
        [
            f"`{capability.name}`",
            f"`{port_type.__name__}`",
            _first_line(port_type).partition(": ")[2],
            "<br>".join(f"`{_signature(getattr(port_type, name))}`" for name in methods_of(port_type)),
        ]
        for capability, port_type in PORTS.items()
    ]
    return _table(["Capability", "Port", "For", "Methods"], rows)


def error_table() -> str:
    """Each error of a connector with its code, what happens next and who must act."""
    rows = []
    for name, meaning in _BRANCH.findall(errors.__doc__ or ""):
        error: type[errors.ConnectorError] = getattr(errors, name)
        rows.append([f"`{name}`", f"`{error.family}`", meaning, error.actor.value])
    return _table(["Error", "Code", "What it means: what happens next", "Who must act"], rows)


def helper_table() -> str:
    """Each function that saves an author from doing it wrongly."""
    rows = [
        [f"`{_signature(helper)}`", f"`{module}`", _first_line(helper)]
        for module, helpers in _HELPERS.items()
        for helper in helpers
    ]
    return _table(["Helper", "Where", "For"], rows)


#: By the name that a document calls them.
TABLES: dict[str, Callable[[], str]] = {"ports": port_table, "errors": error_table, "helpers": helper_table}


def replace_tables(document: str) -> str:
    """The document with its tables renewed; raises ValueError when it has no place for one of them."""
    for name, make in TABLES.items():
        begin, end = f"<!-- generated from the SDK: {name} -->\n", "\n<!-- end of what is generated -->"
        before, found, rest = document.partition(begin)
        _, found_end, after = rest.partition(end)
        if not found or not found_end:
            raise ValueError(f"the document needs a line {begin!r} and a line {end!r}")
        document = f"{before}{begin}{make()}{end}{after}"
    return document


def _table(headings: list[str], rows: Iterable[list[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _first_line(documented: Callable[..., object] | type) -> str:
    return (inspect.getdoc(documented) or "").partition("\n")[0]


def _signature(function: Callable[..., object]) -> str:
    parameters: list[str] = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name == "self":
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not any(one.startswith("*") for one in parameters):
            parameters.append("*")
        parameters.append(str(parameter.replace(annotation=parameter.empty)))
    prefix = "await " if inspect.iscoroutinefunction(function) else ""
    name = function.__qualname__ if function.__qualname__.partition(".")[0] in _OWNERS else function.__name__
    return f"{prefix}{name}({', '.join(parameters)})"


_OWNERS = {"Answer", "Context", "Manifest"}
