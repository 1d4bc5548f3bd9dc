"""The exams of installed connectors as tests of a pytest session; `connectors.pytest_plugin` is its door.

An exam is an entry point of the group `advocacy.exams`: the connector's slug names `module:Class`, a subclass of
`ConnectorConformance`. While the connector's files still hold a step that is not written, that step is all that fails.
"""

import importlib.util
import sys
from collections.abc import Generator, Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from connectors.sdk.errors import ConnectorError
from connectors.sdk.scaffold.steps import Step, next_step
from connectors.sdk.testing.hints import OTHERWISE, hint_for

GROUP = "advocacy.exams"

_QUESTIONS = "connectors.sdk.testing.conformance"


class ExamPlugin:
    """Puts the exams of the asked connectors before all other tests."""

    def __init__(self, config: pytest.Config, *, slugs: Sequence[str]) -> None:
        found = {point.name: point for point in entry_points(group=GROUP)}
        if missing := [slug for slug in slugs if slug not in found]:
            known = ", ".join(sorted(found)) or "none"
            raise pytest.UsageError(
                f"no exam of {', '.join(missing)} is installed; installed are: {known}. An exam is an entry point of "
                f"the group {GROUP}; install its distribution: python -m pip install -e FOLDER"
            )
        _require_asyncio(config)
        self._points = [found[slug] for slug in slugs]
        if config.args_source is not pytest.Config.ArgsSource.ARGS:
            # Whoever names no path asks for the exam alone, not for all tests below this folder.
            config.args = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """First of all that modify, so that -k and the like see the exams too."""
        exams: list[pytest.Item] = []
        for point in self._points:
            exams += _items_of(point, session)
        items[:0] = exams

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """A failure leads with the connector's name and the question, and says what to do."""
        report = yield
        exam = item.getparent(ExamModule)
        if exam is not None and report.failed:
            file, line, _ = report.location
            question = getattr(item, "originalname", None) or item.name
            words = question.removeprefix("test_").replace("_", " ")
            report.location = (file, line, f"{exam.name}: {words}")
            # Absent from a report that has no traceback.
            add_section = getattr(report.longrepr, "addsection", None)
            if add_section is not None:
                error = call.excinfo.value if call.excinfo is not None else None
                was_answered = isinstance(error, AssertionError | ConnectorError | pytest.fail.Exception)
                hint = hint_for(question) if was_answered else OTHERWISE
                add_section("what to do", f"{exam.name}: {hint}")
        return report


class ExamModule(pytest.Module):
    """The module of an exam class; of its classes, only that one is asked."""

    exam: type
    exam_module: ModuleType

    def _getobj(self) -> ModuleType:
        # It was found by its entry point; a file outside of the root has no name that pytest could import it by.
        return self.exam_module

    def istestclass(self, obj: object, name: str) -> bool:
        """Whatever it is called."""
        return obj is self.exam


class OpenStep(Exception):
    """A new connector is not written to its end; the message says where to go on."""


class OpenStepItem(pytest.Item):
    """Stands for the whole exam as long as it makes no sense to ask."""

    def __init__(self, *, slug: str, file: Path, message: str, line: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.slug, self.file, self.message, self.line = slug, file, message, line

    def runtest(self) -> None:
        """Fails on purpose."""
        raise OpenStep(self.message)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """The message alone: a traceback would lead nowhere."""
        return f"{self.slug}: {excinfo.value}"

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where to go on."""
        return self.file, self.line - 1, f"{self.slug}: what to do next"


def _require_asyncio(config: pytest.Config) -> None:
    if not config.pluginmanager.hasplugin("asyncio"):
        raise pytest.UsageError("an exam needs pytest-asyncio: python -m pip install pytest-asyncio")
    if (config.getoption("asyncio_mode", None) or config.getini("asyncio_mode")) != "auto":
        raise pytest.UsageError(
            'an exam needs pytest-asyncio in auto mode: give --asyncio-mode=auto, or write asyncio_mode = "auto" '
            "below [tool.pytest.ini_options] in pyproject.toml"
        )


def _items_of(point: EntryPoint, session: pytest.Session) -> list[pytest.Item]:
    folder = _package_folder(point)
    step = next_step(folder) if folder is not None else None
    if folder is not None and step is not None:
        return [_open_step(point, session, folder / step.file, _words(step), line=step.line)]
    try:
        exam, module = _load(point)
    # An exam is foreign code: whatever it raises is told like any other thing to do.
    except Exception as error:
        message = f"its exam {point.value} cannot be loaded: {type(error).__name__}: {error}"
        return [_open_step(point, session, folder or session.path, message)]
    node = ExamModule.from_parent(session, path=Path(str(module.__file__)), name=point.name, nodeid=point.name)
    node.exam, node.exam_module = exam, module
    return list(session.genitems(node))


def _words(step: Step) -> str:
    return f"what to do next: {step}"


def _open_step(point: EntryPoint, session: pytest.Session, file: Path, message: str, *, line: int = 1) -> OpenStepItem:
    item: OpenStepItem = OpenStepItem.from_parent(
        session,
        name="what_to_do_next",
        nodeid=f"{point.name}::what_to_do_next",
        slug=point.name,
        file=file,
        message=message,
        line=line,
    )
    return item


def _package_folder(point: EntryPoint) -> Path | None:
    """Found without importing it, for it may be half-written."""
    package = point.module.rpartition(".")[0] or point.module
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return None
    locations = list(spec.submodule_search_locations or ()) if spec is not None else []
    return Path(locations[0]) if locations else None


def _load(point: EntryPoint) -> tuple[type, ModuleType]:
    for name in (_QUESTIONS, point.module):
        if name not in sys.modules:
            pytest.register_assert_rewrite(name)
    exam = point.load()
    from connectors.sdk.testing.conformance import ConnectorConformance  # after its assertions are made to speak

    if not (isinstance(exam, type) and issubclass(exam, ConnectorConformance)):
        raise TypeError("it is no subclass of connectors.sdk.testing.conformance.ConnectorConformance")
    if exam.connector.manifest.slug != point.name:
        raise ValueError(f"it asks the connector {exam.connector.manifest.slug!r}")
    return exam, sys.modules[exam.__module__]
