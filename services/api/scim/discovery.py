"""What this server says of itself: made once, as it never changes while a process runs (RFC 7644 section 4)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson

from services.core.scim.attributes import KINDS, ResourceKind, Schema
from services.core.scim.service import MAX_COUNT

_CORE = "urn:ietf:params:scim:schemas:core:2.0:"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"

MOST_BULK_OPERATIONS = 1000
MOST_BULK_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Page:
    """A body that stays the same, and its validator."""

    body: bytes
    etag: str


@cache
def pages(base_url: str) -> dict[str, Page]:
    """Everything that describes the server, by its path."""
    found: dict[str, Any] = {"/ServiceProviderConfig": _config(base_url)}
    types = [_resource_type(kind, base_url) for kind in KINDS]
    schemas = [_schema(schema, base_url) for kind in KINDS for schema in kind.schemas]
    found["/ResourceTypes"] = _listing(types)
    found["/Schemas"] = _listing(schemas)
    found |= {f"/ResourceTypes/{one['id']}": one for one in types}
    found |= {f"/Schemas/{one['id']}": one for one in schemas}
    return {path: _page(document) for path, document in found.items()}


def _page(document: dict[str, Any]) -> Page:
    body = orjson.dumps(document)
    return Page(body, f'W/"{hashlib.sha256(body).hexdigest()[:20]}"')


def _listing(resources: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "schemas": [LIST],
        "totalResults": len(resources),
        "startIndex": 1,
        "itemsPerPage": len(resources),
        "Resources": resources,
    }


def _config(base_url: str) -> dict[str, Any]:
    return {
        "schemas": [f"{_CORE}ServiceProviderConfig"],
        "patch": {"supported": True},
        "bulk": {"supported": True, "maxOperations": MOST_BULK_OPERATIONS, "maxPayloadSize": MOST_BULK_BYTES},
        "filter": {"supported": True, "maxResults": MAX_COUNT},
        "changePassword": {"supported": False},
        "sort": {"supported": True},
        "etag": {"supported": True},
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "A key made with POST /v1/api-keys for the role identity_system.",
                "primary": True,
            }
        ],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base_url}/ServiceProviderConfig"},
    }


def _resource_type(kind: ResourceKind, base_url: str) -> dict[str, Any]:
    return {
        "schemas": [f"{_CORE}ResourceType"],
        "id": kind.name,
        "name": kind.name,
        "description": kind.core.description,
        "endpoint": kind.endpoint,
        "schema": kind.core.urn,
        "schemaExtensions": [{"schema": one.urn, "required": False} for one in kind.extensions],
        "meta": {"resourceType": "ResourceType", "location": f"{base_url}/ResourceTypes/{kind.name}"},
    }


def _schema(schema: Schema, base_url: str) -> dict[str, Any]:
    return {
        "schemas": [f"{_CORE}Schema"],
        "id": schema.urn,
        "name": schema.name,
        "description": schema.description,
        "attributes": [one.announce() for one in schema.attributes],
        "meta": {"resourceType": "Schema", "location": f"{base_url}/Schemas/{schema.urn}"},
    }
