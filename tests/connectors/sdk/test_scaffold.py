"""The way of an outsider: from `advocacy connectors new` to a passing exam and a place in the registry."""

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
from datetime import date
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import connectors
from connectors.sdk import ConnectorKind
from connectors.sdk.reference import replace_tables
from connectors.sdk.scaffold import ScaffoldRefused, new_distribution, next_step
from connectors.sdk.testing.conformance import ConnectorConformance
from connectors.sdk.testing.hints import HINTS, OTHERWISE, hint_for

REPOSITORY = Path(connectors.__file__).parent.parent
GUIDE = (REPOSITORY / "connectors" / "README.md").read_text(encoding="utf-8")
HERE = Path(__file__).parent
TODAY = date(2026, 11, 25)
STEPS = ["manifest.py", "client.py", "mapping.py", "errors.py", "simulator.py"]
#: Without the order of imports, which depends on where one stands.
RULES = "--line-length 120 --select E,F,W,B,UP,RUF"
ROADS = [("acme", ConnectorKind.NETWORK), ("big_board", ConnectorKind.PLATFORM)]


class Desk:
    """A folder to work in, and one in which things get installed, without touching what is installed here."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.installed = folder / "installed"

    def run(self, command: str) -> tuple[int, str]:
        """A command as the guide shows it; answers exit code and output."""
        first, *rest = shlex.split(command)
        tools = {"advocacy": ["-m", "services.cli"], "pytest": ["-m", "pytest", *self._plugin()], "python": []}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        environment["PYTHONPATH"] = os.pathsep.join([str(self.installed), str(REPOSITORY)])
        done = subprocess.run(
            [sys.executable, *tools[first], *rest], cwd=self.folder, env=environment, capture_output=True, text=True
        )
        return done.returncode, done.stdout + done.stderr

    def install(self, distribution: Path) -> None:
        """As pip does it anywhere, without a network."""
        offline = "--quiet --no-index --no-deps --no-build-isolation --disable-pip-version-check --upgrade"
        code, told = self.run(f"python -m pip install {offline} --target {self.installed} {distribution}")
        assert code == 0, told

    def _plugin(self) -> list[str]:
        is_known = any(point.value == "connectors.pytest_plugin" for point in entry_points(group="pytest11"))
        return [] if is_known else ["-p", "connectors.pytest_plugin"]


@pytest.fixture(scope="module")
def installed_acme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Acme, written and installed, to be copied."""
    desk = Desk(tmp_path_factory.mktemp("acme"))
    distribution, package = write_new(desk, "acme", ConnectorKind.NETWORK)
    fill(package, "acme", *STEPS)
    desk.install(distribution)
    return desk.installed


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def write_new(desk: Desk, slug: str, kind: ConnectorKind) -> tuple[Path, Path]:
    distribution = new_distribution(slug, under=desk.folder, kind=kind, today=TODAY)
    return distribution, distribution / f"advocacy_connector_{slug}"


def fill(package: Path, slug: str, *names: str) -> None:
    for name in names:
        shutil.copy(HERE / slug / name, package / name)


def blocks(language: str) -> list[tuple[str, str]]:
    """The guide's blocks of a language, each with the name that stands behind it."""
    return re.findall(rf"^```{language} ?(\S*)\n(.*?)\n```$", GUIDE, re.MULTILINE | re.DOTALL)


def commands(start: str) -> list[str]:
    lines = [line for _, block in blocks("sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith(start)]


class TestTheGuide:
    def test_its_commands_lead_from_nothing_to_a_passing_exam_and_into_the_registry(self, desk: Desk) -> None:
        (new,) = commands("advocacy connectors new")
        check = commands("advocacy connectors check")[0]
        (exam,) = commands("pytest")
        code, told = desk.run(new)
        assert code == 0, told
        assert check in told
        distribution = desk.folder / "advocacy-connector-acme"
        desk.install(distribution)

        code, told = desk.run(check)
        assert code == 1
        (shown,) = [block for _, block in blocks("text")]
        assert shown in told.replace("\n", " ")
        assert "placeholder" in told

        fill(distribution / "advocacy_connector_acme", "acme", *STEPS)
        desk.install(distribution)
        code, told = desk.run(check)
        assert code == 0, told
        assert "acme: everything holds." in told
        code, told = desk.run(exam)
        assert code == 0, told

        listed = "from connectors.sdk import registry; print([c.manifest.slug for c in registry.list_connectors()])"
        code, told = desk.run(f"python -c {shlex.quote(listed)}")
        assert "'acme'" in told
        code, told = desk.run("advocacy connectors list")
        assert re.search(r"^acme +Acme +network +- +simulator, ", told, re.MULTILINE)

    def test_its_blocks_stand_in_the_files_that_pass_the_exam(self) -> None:
        shown = blocks("python")
        assert {name for name, _ in shown} == set(STEPS)
        for name, block in shown:
            written = (HERE / "acme" / name).read_text(encoding="utf-8")
            for part in block.split("\n\n\n"):
                assert part in written

    def test_its_tables_are_fresh(self) -> None:
        assert replace_tables(GUIDE) == GUIDE

    def test_a_guide_without_a_place_for_a_table_is_refused(self) -> None:
        with pytest.raises(ValueError, match="ports"):
            replace_tables("# Nothing")


@pytest.mark.parametrize(("slug", "kind"), ROADS)
class TestEachRoad:
    def test_each_step_leads_to_the_next_file(self, desk: Desk, slug: str, kind: ConnectorKind) -> None:
        _, package = write_new(desk, slug, kind)
        met = []
        while step := next_step(package):
            met.append(step.file)
            fill(package, slug, step.file)
        assert met == STEPS

    def test_nothing_new_speaks_of_what_is_to_be_done_in_one_word(
        self, desk: Desk, slug: str, kind: ConnectorKind
    ) -> None:
        distribution, _ = write_new(desk, slug, kind)
        written = [path for path in distribution.rglob("*") if path.is_file()]
        assert len(written) == 12
        for path in written:
            text = path.read_text(encoding="utf-8")
            assert "todo" not in text.casefold()
            assert "$" not in text
            if path.suffix == ".py":
                ast.parse(text)
        code, told = desk.run(f"python -m ruff check --no-cache --isolated {RULES} {distribution}")
        assert code == 0, told

    def test_its_exam_passes_once_it_is_written(self, desk: Desk, slug: str, kind: ConnectorKind) -> None:
        distribution, package = write_new(desk, slug, kind)
        fill(package, slug, *STEPS)
        desk.install(distribution)
        own = distribution / "tests"
        code, told = desk.run(f"pytest -c {distribution}/pyproject.toml -W error --connector {slug} {own}")
        assert code == 0, told
        assert re.search(r"\d\d passed", told)


class TestTheExam:
    @pytest.fixture
    def acme(self, desk: Desk, installed_acme: Path) -> Path:
        """The package of a written Acme, as it is installed."""
        shutil.copytree(installed_acme, desk.installed)
        return desk.installed / "advocacy_connector_acme"

    def test_a_failure_leads_with_the_connector_and_ends_with_what_to_do(self, desk: Desk, acme: Path) -> None:
        mapping = acme / "mapping.py"
        right = mapping.read_text(encoding="utf-8")
        mapping.write_text(right.replace('{"text": request.text}', '{"text": request.text.upper()}'), encoding="utf-8")
        code, told = desk.run("pytest --asyncio-mode=auto --connector acme")
        assert code == 1
        assert "_ acme: a text arrives character by character in its logical order _" in told
        assert "FAILED acme::AcmeExam::test_a_text_arrives" in told
        assert f"acme: {hint_for('test_a_text_arrives_character_by_character_in_its_logical_order')}" in told
        assert "1 failed" in told

    def test_an_address_that_the_vendor_does_not_know_is_no_deleted_post(self, desk: Desk, acme: Path) -> None:
        client = acme / "client.py"
        right = client.read_text(encoding="utf-8")
        client.write_text(right.replace('"DELETE", f"/v1/posts/', '"DELETE", f"/v2/posts/'), encoding="utf-8")
        assert client.read_text(encoding="utf-8") != right
        code, told = desk.run("pytest --asyncio-mode=auto --connector acme -k can_be_deleted_twice")
        assert code == 1
        assert "1 failed" in told

    def test_what_crashes_is_not_taken_for_a_wrong_answer(self, desk: Desk, acme: Path) -> None:
        client = acme / "client.py"
        right = client.read_text(encoding="utf-8")
        client.write_text(right.replace('_call("GET", "/v1/me")', '_call("GET")'), encoding="utf-8")
        code, told = desk.run("pytest --asyncio-mode=auto --connector acme -k each_declared_capability_works")
        assert code == 1
        assert f"acme: {OTHERWISE}" in told

    def test_an_exam_that_cannot_be_loaded_says_why(self, desk: Desk, acme: Path) -> None:
        (acme / "exam.py").write_text("class AcmeExam:\n    pass\n", encoding="utf-8")
        code, told = desk.run("pytest --asyncio-mode=auto --connector acme")
        assert code == 1
        assert "acme: its exam advocacy_connector_acme.exam:AcmeExam cannot be loaded" in told

    def test_a_declared_capability_without_its_methods_is_named(self, desk: Desk, acme: Path) -> None:
        manifest = acme / "manifest.py"
        right = manifest.read_text(encoding="utf-8")
        manifest.write_text(right.replace("Capability.CHECK,", "Capability.CHECK, Capability.FIND_POST,"), "utf-8")
        code, told = desk.run("advocacy connectors check acme")
        assert code == 1
        assert "acme: find_post is declared, and Acme is no FindsPosts: write find_post" in told

    def test_a_broken_connector_is_listed_with_its_reason(self, desk: Desk, acme: Path) -> None:
        (acme / "adapter.py").write_text("raise RuntimeError('half-written')\n", encoding="utf-8")
        code, told = desk.run("advocacy connectors list")
        assert code == 0
        assert "broken: acme (advocacy_connector_acme:connector): RuntimeError: half-written" in told
        code, told = desk.run("advocacy connectors check acme")
        assert code == 1
        assert "RuntimeError: half-written" in told

    def test_without_auto_mode_it_says_what_it_needs(self, desk: Desk, acme: Path) -> None:
        code, told = desk.run("pytest --asyncio-mode=strict --connector acme")
        assert code == pytest.ExitCode.USAGE_ERROR
        assert "--asyncio-mode=auto" in told

    def test_an_unknown_connector_is_named_with_those_that_are_known(self, desk: Desk, acme: Path) -> None:
        code, told = desk.run("pytest --asyncio-mode=auto --connector other")
        assert code == pytest.ExitCode.USAGE_ERROR
        assert "no exam of other is installed; installed are: acme" in told

    def test_an_ordinary_session_pays_nothing_for_it(self, desk: Desk) -> None:
        probe = "import sys, connectors.pytest_plugin; print([n for n in sys.modules if n.startswith('connectors.')])"
        _, told = desk.run(f"python -c {shlex.quote(probe)}")
        assert told.strip() == "['connectors.pytest_plugin']"

    def test_each_question_has_a_hint(self) -> None:
        assert {name for name in vars(ConnectorConformance) if name.startswith("test_")} == set(HINTS)


class TestWhatIsRefused:
    @pytest.mark.parametrize("slug", ["a", "Acme", "1acme", "acme-social", "../acme", "", "a" * 41])
    def test_a_slug_that_is_none(self, tmp_path: Path, slug: str) -> None:
        with pytest.raises(ScaffoldRefused, match="is no slug"):
            new_distribution(slug, under=tmp_path, kind=ConnectorKind.NETWORK, today=TODAY)
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_that_is_there_is_left_as_it_is(self, desk: Desk) -> None:
        _, package = write_new(desk, "acme", ConnectorKind.NETWORK)
        (package / "client.py").write_text("mine", encoding="utf-8")
        code, told = desk.run("advocacy connectors new acme")
        assert code == 2
        assert "advocacy-connector-acme is there already" in told
        assert (package / "client.py").read_text(encoding="utf-8") == "mine"

    def test_a_directory_has_no_templates(self, tmp_path: Path) -> None:
        with pytest.raises(ScaffoldRefused, match="network and a platform"):
            new_distribution("acme", under=tmp_path, kind=ConnectorKind.DIRECTORY, today=TODAY)


def test_a_file_that_python_cannot_read_is_the_next_step(tmp_path: Path) -> None:
    (tmp_path / "client.py").write_text("def broken(:\n", encoding="utf-8")
    step = next_step(tmp_path)
    assert step is not None
    assert (step.file, step.line) == ("client.py", 1)
    assert "Python can't read this" in str(step)
