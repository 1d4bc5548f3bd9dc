"""The pages say what the manifests say, and each quirk has its test."""

import importlib
import re
from pathlib import Path

import pytest

import connectors
from connectors.sdk import Connector, list_connectors
from connectors.sdk.docs import capability_table, manifest_table, replace_generated

ROOT = Path(connectors.__file__).parent
FOLDERS = sorted(path.parent.name for path in ROOT.glob("*/manifest.py") if path.parent.name != "sdk")
OURS: list[Connector] = [importlib.import_module(f"connectors.{name}").connector for name in FOLDERS]
HEADINGS = [
    "Status",
    "Connecting",
    "What it can do",
    "Limits and quirks",
    "Webhooks",
    "Errors we have met",
    "Sources",
]


def test_all_our_folders_are_installed():
    assert {connector.manifest.slug for connector in list_connectors()} >= set(FOLDERS)


def test_the_table_of_connectors_is_fresh():
    document = (ROOT / "README.md").read_text(encoding="utf-8")
    assert document == replace_generated(document, capability_table(connector.manifest for connector in OURS))


@pytest.mark.parametrize("connector", OURS, ids=lambda connector: connector.manifest.slug)
class TestEachPage:
    def test_its_table_is_fresh(self, connector: Connector):
        document = (ROOT / connector.manifest.slug / "README.md").read_text(encoding="utf-8")
        assert document == replace_generated(document, manifest_table(connector.manifest))

    def test_it_has_the_same_headings_as_all(self, connector: Connector):
        document = (ROOT / connector.manifest.slug / "README.md").read_text(encoding="utf-8")
        assert re.findall(r"^## (.+)$", document, re.MULTILINE) == HEADINGS


@pytest.mark.parametrize("slug", [name for name in FOLDERS if name not in {"demo", "share_link"}])
def test_each_quirk_has_a_test_of_the_same_name(slug: str):
    document = (ROOT / slug / "README.md").read_text(encoding="utf-8")
    table = document.partition("| Quirk |")[2].partition("\n\n")[0]
    quirks = [line.split("|")[1].strip() for line in table.splitlines()[2:]]
    names = {"test_" + re.sub(r"\W+", "_", quirk.lower().replace("'", "")) for quirk in quirks}
    tests = (Path(__file__).parent / slug / "test_quirks.py").read_text(encoding="utf-8")
    assert len(quirks) > 10
    assert names - set(re.findall(r"def (test_\w+)", tests)) == set()
