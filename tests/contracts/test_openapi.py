"""The committed OpenAPI document is the one the code makes, and a good one."""

from __future__ import annotations

import json
from pathlib import Path

from openapi_spec_validator import OpenAPIV31SpecValidator

from services.api.app import create_app
from services.api.openapi import all_routes, build
from services.cli.stack import dump_json, settings_for_documents

COMMITTED = Path(__file__).resolve().parents[2] / "openapi" / "openapi.json"


class TestDocument:
    def test_the_committed_file_is_current(self) -> None:
        made = dump_json(build(create_app(settings_for_documents())))
        assert COMMITTED.read_text(encoding="utf-8") == made, "run: make openapi"

    def test_it_is_valid(self) -> None:
        assert list(OpenAPIV31SpecValidator(json.loads(COMMITTED.read_text(encoding="utf-8"))).iter_errors()) == []

    def test_every_operation_has_a_unique_id_a_summary_a_description_and_a_tag(self) -> None:
        document = json.loads(COMMITTED.read_text(encoding="utf-8"))
        operations = [
            operation
            for path in document["paths"].values()
            for operation in path.values()
            if "operationId" in operation
        ]
        ids = [operation["operationId"] for operation in operations]
        assert len(ids) == len(set(ids))
        incomplete = [
            operation["operationId"]
            for operation in operations
            if not (operation.get("summary") and operation.get("description") and operation.get("tags"))
        ]
        assert incomplete == []

    def test_every_route_of_ours_stands_behind_a_gate(self) -> None:
        for route in all_routes(create_app(settings_for_documents())):
            assert route.gate.opens_for
