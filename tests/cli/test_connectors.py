"""`advocacy connectors`, as an operator types it, for what is installed here."""

from __future__ import annotations

import pytest

from services.cli.main import main


class TestList:
    def test_each_connector_has_a_line_with_road_end_of_version_and_how_it_was_verified(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["connectors", "list"]) == 0
        heading, *lines = capsys.readouterr().out.splitlines()
        assert heading.split("  ")[0] == "CONNECTOR"
        (line,) = [line for line in lines if line.startswith("demo ")]
        assert line.split() == ["demo", "Demo", "network", "network", "-", "simulator,", "2026-11-24"]
        (line,) = [line for line in lines if line.startswith("linkedin ")]
        assert "2027-09-15" in line


class TestCheck:
    def test_without_an_exam_it_says_that_only_the_declaration_was_checked(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["connectors", "check", "demo"]) == 0
        told = capsys.readouterr().out
        assert "demo: the declaration holds: check, delete_post" in told
        assert "demo: only the declaration was checked" in told

    def test_an_unknown_connector_fails_with_those_that_are_known(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["connectors", "check", "nobody"]) == 1
        told = capsys.readouterr().out
        assert "nobody: no connector is called 'nobody'; known are: " in told
        assert "pip install" in told


class TestNew:
    def test_what_is_no_slug_is_said_in_one_line(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["connectors", "new", "Acme"]) == 2
        assert capsys.readouterr().err.startswith("advocacy: 'Acme' is no slug")

    def test_one_road_only(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            main(["connectors", "new", "acme", "--network", "--platform"])
        assert "not allowed with" in capsys.readouterr().err
