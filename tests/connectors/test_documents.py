"""The pages say what the manifests say, and each quirk has its test."""

import re
from pathlib import Path

import pytest

import connectors
from connectors.demo import connector as demo
from connectors.linkedin import connector as linkedin
from connectors.sdk import Connector
from connectors.sdk.docs import capability_table, manifest_table, replace_generated
from connectors.share_link import connector as share_link

ROOT = Path(connectors.__file__).parent
OURS = [demo, linkedin, share_link]
HEADINGS = [
    "Status",
    "Connecting",
    "What it can do",
    "Limits and quirks",
    "Webhooks",
    "Errors we have met",
    "Sources",
]


def test_all_our_folders_are_asked():
    folders = {path.parent.name for path in ROOT.glob("*/manifest.py")} - {"sdk"}
    assert folders == {connector.manifest.slug for connector in OURS}


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


def test_each_quirk_of_linkedin_has_a_test_of_the_same_name():
    document = (ROOT / "linkedin" / "README.md").read_text(encoding="utf-8")
    table = document.partition("| Quirk |")[2].partition("\n\n")[0]
    quirks = [line.split("|")[1].strip() for line in table.splitlines()[2:]]
    names = {"test_" + re.sub(r"\W+", "_", quirk.lower().replace("'", "")) for quirk in quirks}
    tests = (Path(__file__).parent / "linkedin" / "test_quirks.py").read_text(encoding="utf-8")
    assert len(quirks) > 20
    assert names - set(re.findall(r"async def (test_\w+)", tests)) == set()
