"""Thousands of people with approved posts that wait for their time, written by COPY as the product would leave them.

What a worker reads is genuine: every person has a data key, every consent is sealed with it and hashed as the product
does, accounts and tokens are sealed for their connection.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from pydantic_core import PydanticUndefined
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel

from connectors.sdk import registry
from connectors.sdk.manifest import NoAuth
from connectors.sdk.models import Credentials, Secret
from services.core.ambassadors.models import Ambassador, AmbassadorState
from services.core.connections import rules as connection_rules
from services.core.connections.models import Connection, ConnectionState
from services.core.content.models import ContentItem, ItemState, Offer, OfferState, Variant
from services.core.employees import sealing
from services.core.employees.models import DataKey, Employee, EmploymentStatus
from services.core.kit import crypto, db
from services.core.kit.ids import new_id
from services.core.kit.settings import Settings
from services.core.kit.texts import Language
from services.core.kit.zones import zone_release
from services.core.links import service as links
from services.core.links.models import TrackedLink
from services.core.organizations.models import Organization
from services.core.programs.models import Program, ProgramState
from services.core.shares import rules
from services.core.shares import service as shares
from services.core.shares.models import Consent, Publication, PublicationState, Share, ShareState

#: What stands before a publication's id in its text, so that a vendor can tell whose copy it has.
MARKER = "advocacy-post "
GRANT_DAYS = 60

_PUBLICATIONS_AT_ONCE = 20_000
_ZONE = "UTC"
_TITLE = "Life at Lumen"
_DESTINATION = "https://lumen.example/careers"


@dataclass(frozen=True)
class Seeded:
    """What was written."""

    organization_id: UUID
    program_id: UUID
    item_id: UUID
    #: In the order of their numbers.
    publication_ids: list[UUID]


async def seed(
    database_url: str,
    settings: Settings,
    *,
    connector: str,
    people: int,
    per_person: int,
    due_in: Callable[[int], float],
    organization_name: str = "Load",
) -> Seeded:
    """An organization of ``people`` with ``per_person`` scheduled posts each, in a migrated database.

    ``due_in`` gives the seconds from now at which publication number n (0, 1, 2 ...) is due.
    """
    connection = await db.connect(database_url, role=None)
    try:
        now: datetime = await connection.fetchval("select advocacy_now()")
        scene = _Scene(settings, connector, organization_name, now)
        await scene.first().write(connection, scene.organization_id)
        made: list[UUID] = []
        per_chunk = max(1, _PUBLICATIONS_AT_ONCE // per_person)
        for start in range(0, people, per_chunk):
            tables = _Tables(now)
            for who in range(start, min(people, start + per_chunk)):
                person = scene.person(tables, who)
                for number in range(who * per_person, (who + 1) * per_person):
                    at = now + timedelta(seconds=due_in(number))
                    made.append(scene.publication(tables, person, number, at))
            await tables.write(connection, scene.organization_id)
        await connection.execute("analyze")
    finally:
        await connection.close()
    return Seeded(scene.organization_id, scene.program_id, scene.item_id, made)


class _Tables:
    """Rows of several tables, in the order in which the tables were first used."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._rows: dict[type[SQLModel], list[tuple[Any, ...]]] = {}
        self._shapes: dict[type[SQLModel], tuple[list[str], list[str], dict[str, Any]]] = {}

    def add(self, model: type[SQLModel], **values: Any) -> None:
        """One row; what is not given has the model's default."""
        shape = self._shapes.get(model)
        if shape is None:
            shape = self._shapes[model] = _shape(model, self._now)
            self._rows[model] = []
        names, documents, defaults = shape
        row = defaults | values
        for name in documents:
            row[name] = None if row[name] is None else orjson.dumps(row[name]).decode()
        self._rows[model].append(tuple(map(row.__getitem__, names)))

    async def write(self, connection: asyncpg.Connection[asyncpg.Record], organization_id: UUID) -> None:
        """Write everything in one transaction. Over a staging table: COPY itself refuses row-level security."""
        async with connection.transaction():
            await connection.execute("select set_config('app.organization_id', $1, true)", str(organization_id))
            for model, rows in self._rows.items():
                table = str(model.__tablename__)
                names = self._shapes[model][0]
                columns = ", ".join(names)
                await connection.execute(
                    f"create temp table staged on commit drop as select {columns} from {table} with no data"
                )
                await connection.copy_records_to_table("staged", records=rows, columns=names)
                await connection.execute(f"insert into {table} ({columns}) select {columns} from staged")
                await connection.execute("drop table staged")


def _shape(model: type[SQLModel], now: datetime) -> tuple[list[str], list[str], dict[str, Any]]:
    columns = model.__table__.columns  # type: ignore[attr-defined]
    defaults: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        factory: Any = field.default_factory
        default = factory() if factory is not None and name != "id" else field.default
        if name in ("created_at", "updated_at"):
            default = now
        if default is not PydanticUndefined:
            defaults[name] = default.value if isinstance(default, Enum) else default
    documents = [column.name for column in columns if isinstance(column.type, JSONB)]
    return [column.name for column in columns], documents, defaults


@dataclass(frozen=True)
class _Person:
    employee_id: UUID
    offer_id: UUID
    connection_id: UUID
    account_hash: bytes | None
    sealer: crypto.Sealer


class _Scene:
    """An organization with a quiet program, one offered item, and what is the same for all its people."""

    def __init__(self, settings: Settings, connector: str, name: str, now: datetime) -> None:
        self.organization_id, self.program_id, self.item_id = new_id(), new_id(), new_id()
        self._settings = settings
        self._pepper = settings.key_pepper.get_secret_value()
        self._master = crypto.Sealer(settings.master_keys)
        self._connector = connector
        manifest = registry.get_connector(connector).manifest
        self._network = manifest.networks[0]
        self._has_account = not isinstance(manifest.auth, NoAuth)
        self._name = name
        self._now = now

    def first(self) -> _Tables:
        """The rows that everything else hangs on."""
        mine: dict[str, Any] = {"organization_id": self.organization_id}
        tables = _Tables(self._now)
        tables.add(
            Organization, id=self.organization_id, name=self._name, default_language=Language.EN, time_zone=_ZONE
        )
        tables.add(
            Program,
            **mine,
            id=self.program_id,
            name="Pilot",
            state=ProgramState.QUIET,
            languages=["en"],
            default_language=Language.EN,
            networks=[self._network],
            launched_at=self._now,
        )
        tables.add(
            ContentItem,
            **mine,
            id=self.item_id,
            program_id=self.program_id,
            title=_TITLE,
            destination_url=_DESTINATION,
            state=ItemState.OFFERED,
            author_key_id=new_id(),
            offered_at=self._now,
        )
        tables.add(
            Variant,
            **mine,
            id=new_id(),
            item_id=self.item_id,
            network=self._network,
            language=Language.EN,
            text="We are hiring.",
            why_share="Your friends ask you about it anyway.",
            link_title="Work at Lumen",
        )
        return tables

    def person(self, tables: _Tables, number: int) -> _Person:
        """An active ambassador with a key, an offer and a connection."""
        employee_id, offer_id, connection_id, key_id = new_id(), new_id(), new_id(), new_id()
        mine: dict[str, Any] = {"organization_id": self.organization_id}
        tables.add(
            Employee,
            **mine,
            id=employee_id,
            source="bulk",
            source_id=str(number),
            work_email=f"person{number}@load.example",
            first_name=f"Person{number}",
            last_name="Example",
            display_name=f"Person{number} Example",
            department="Marketing",
            country="IL",
            locale="en",
            time_zone=_ZONE,
            started_on=date(2024, 1, 1),
            status=EmploymentStatus.ACTIVE,
        )
        key = crypto.new_data_key()
        wrapped = self._master.seal(key, place=crypto.Place(self.organization_id, key_id, "data_keys.wrapped"))
        tables.add(DataKey, **mine, id=key_id, employee_id=employee_id, wrapped=wrapped)
        tables.add(
            Ambassador,
            **mine,
            id=new_id(),
            program_id=self.program_id,
            employee_id=employee_id,
            state=AmbassadorState.ACTIVE,
            language=Language.EN,
            joined_at=self._now,
            activated_at=self._now,
        )
        tables.add(
            Offer,
            **mine,
            id=offer_id,
            program_id=self.program_id,
            item_id=self.item_id,
            employee_id=employee_id,
            language=Language.EN,
            state=OfferState.SHARED,
        )
        sealer = crypto.Sealer({"person": key})
        account = self._account(number, connection_id, sealer) if self._has_account else {}
        tables.add(
            Connection,
            **mine,
            id=connection_id,
            employee_id=employee_id,
            connector=self._connector,
            state=ConnectionState.ACTIVE,
            confirmed_at=self._now,
            **account,
        )
        return _Person(employee_id, offer_id, connection_id, account.get("account_hash"), sealer)

    def _account(self, number: int, connection_id: UUID, sealer: crypto.Sealer) -> dict[str, Any]:
        external_id = f"urn:li:person:load{number}"
        ends_at = self._now + timedelta(days=GRANT_DAYS)
        grant = Credentials(
            access_token=Secret(f"access-{connection_id}-1"),
            refresh_token=Secret(f"refresh-{connection_id}-1"),
            expires_at=ends_at.astimezone(UTC),
            refresh_expires_at=self._now.astimezone(UTC) + timedelta(days=300),
            scopes=frozenset({"openid", "profile", "w_member_social"}),
        )
        terms = connection_rules.terms(
            grant,
            can_renew=True,
            now=self._now,
            token_min=timedelta(seconds=self._settings.token_min_seconds),
        )
        account = {"external_id": external_id, "display_name": f"Person{number} Example", "profile_url": None}

        def place(field: str) -> crypto.Place:
            return crypto.Place(self.organization_id, connection_id, f"connections.{field}")

        return {
            "sealed_account": sealing.seal_document(sealer, account, place=place("sealed_account")),
            "sealed_credentials": sealer.seal(grant.to_bytes(), place=place("sealed_credentials")),
            "account_hash": crypto.keyed_hash(self._pepper, purpose=f"account:{self._connector}", value=external_id),
            "token_version": 1,
            **asdict(terms),
        }

    def publication(self, tables: _Tables, person: _Person, number: int, at: datetime) -> UUID:
        """One approved share whose post is scheduled for ``at``; answers the publication's id."""
        publication_id, share_id, consent_id, link_id = new_id(), new_id(), new_id(), new_id()
        mine: dict[str, Any] = {"organization_id": self.organization_id, "employee_id": person.employee_id}
        of_item: dict[str, Any] = {"program_id": self.program_id, "item_id": self.item_id, "network": self._network}
        text = f"We are hiring, says number {number}: {MARKER}{publication_id}"
        link: dict[str, Any] = {"id": link_id, "code": crypto.random_text(links.CODE_LENGTH)}
        link |= {**mine, **of_item, "destination_url": _DESTINATION}
        tables.add(TrackedLink, **link)
        tables.add(
            Share,
            **mine,
            **of_item,
            id=share_id,
            offer_id=person.offer_id,
            link_id=link_id,
            language=Language.EN,
            state=ShareState.APPROVED,
            sealed_text=person.sealer.seal(
                text.encode(), place=crypto.Place(self.organization_id, share_id, "shares.sealed_text")
            ),
            edited_ratio=0.5,
        )
        local = at.astimezone(UTC).replace(tzinfo=None).isoformat()
        document: dict[str, object] = {
            "text": text,
            "link_url": links.public_url(TrackedLink(**link), self._settings),
            "link_title": "Work at Lumen",
            "link_description": None,
            "connection_id": str(person.connection_id),
            "connector": self._connector,
            "account": person.account_hash.hex() if person.account_hash else None,
            "scheduled_local": local,
            "time_zone": _ZONE,
            "scheduled_at": at.isoformat(),
            "editor_reads_first": False,
        }
        hashed = rules.content_hash(document)
        tables.add(
            Consent,
            **mine,
            id=consent_id,
            share_id=share_id,
            purpose="publish",
            network=self._network,
            content_hash=hashed,
            sealed_content=sealing.seal_document(
                person.sealer, document, place=shares.consent_place(self.organization_id, consent_id)
            ),
        )
        tables.add(
            Publication,
            **mine,
            **of_item,
            id=publication_id,
            share_id=share_id,
            consent_id=consent_id,
            connection_id=person.connection_id,
            connector=self._connector,
            state=PublicationState.SCHEDULED,
            content_hash=hashed,
            fingerprint=crypto.keyed_hash(
                self._pepper, purpose="fingerprint", value=f"{rules.visible(text)}|{_DESTINATION}"
            ),
            scheduled_local=local,
            time_zone=_ZONE,
            scheduled_at=at,
            zone_data=zone_release(),
            due_at=at,
        )
        return publication_id
