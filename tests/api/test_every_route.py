"""Every route there is, called by whom it should refuse: nobody, another organization, a colleague, a missing role."""

from __future__ import annotations

import asyncio
import base64
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import select

from services.api.app import create_app
from services.api.openapi import all_routes, build
from services.api.routing import Route
from services.cli.stack import settings_for_documents
from services.core.ambassadors.models import Invitation, InvitationState, OpenCall, Pause, PauseKind
from services.core.assets.models import Asset, AssetKind
from services.core.coaching import service as coaching
from services.core.content.models import Offer, Variant
from services.core.content.models import Topic as ContentTopic
from services.core.conversions.models import Conversion, ConversionKind
from services.core.employees.models import DirectorySource, DirectorySync, SyncMode, SyncState
from services.core.feeds.models import FeedSource as ContentSource
from services.core.forecasts.models import Forecast
from services.core.goals.models import FeedSource, Goal, Heading, Measurement, Method
from services.core.kit import db
from services.core.kit.ids import new_id
from services.core.kit.texts import Language
from services.core.launches.models import LaunchProfile
from services.core.links.models import TrackedLink
from services.core.moves.models import PlatformMove
from services.core.needs import service as needs
from services.core.needs.models import NeedTopic
from services.core.needs.schemas import NeedCreate
from services.core.organizations.models import ApiKey, IdentityProvider, Role, RoleGrant
from services.core.organizations.rules import Actor, Door, Permission
from services.core.platforms.models import AudienceSync, ContentPush, PlatformConnection, PlatformState
from services.core.policies.models import Policy, PolicyVersion
from services.core.privacy.models import LegalHold, PrivacyRequest, RequestKind, RequestState
from services.core.programs.models import Benefit, BenefitKind, Commitment, Function, GoalKind, Responsibility
from services.core.proposals.models import Proposal
from services.core.recruitment.models import Application, Nomination, Origin
from services.core.scim.models import GroupMapping, ScimGroup
from services.core.shares.models import PostDeletion, Stop, StopScope
from services.core.surveys.models import SurveyKind, SurveyRound
from services.core.training.models import Completion, Enrolment, EnrolmentState, Module, Topic, TrainingSession
from tests.factories.publications import approve_post, make_scene, make_sharer
from tests.fixtures.api import OPERATOR_KEY, Api, Tenant

_APP = create_app(settings_for_documents())
_DOCUMENT = build(_APP)
_ROUTES = all_routes(_APP)
A_YEAR = timedelta(days=365)
#: Ids of what is one person's own.
_PERSONAL = {
    "offer_id",
    "share_id",
    "connection_id",
    "publication_id",
    "pause_id",
    "nomination_id",
    "enrolment_id",
    "need_id",
    "coaching_id",
    "consent_id",
}


def _has_id(route: Route) -> bool:
    # A connector's name is the same for everybody, and a KPI's is chosen by its organization.
    return "{" in route.path_format.replace("{slug}", "") and route.gate.opens_for is not Door.ANYBODY


def _body(route: Route, method: str) -> dict[str, Any]:
    """A body that the route would take, from the examples of its own documentation."""
    operation = _DOCUMENT["paths"][route.path_format][method.lower()]
    content = operation.get("requestBody", {}).get("content", {})
    if "text/csv" in content:
        return {"content": content["text/csv"]["example"], "headers": {"Content-Type": "text/csv"}}
    if "application/octet-stream" in content:
        return {"content": b"no such file", "headers": {"Content-Type": "application/octet-stream"}}
    for media in content.values():
        return {"json": _example(media["schema"])}
    return {"json": {}} if method == "POST" else {}


def _example(schema: dict[str, Any]) -> Any:
    if "$ref" in schema:
        schema = {**_DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], **schema}
    if schema.get("examples"):
        return schema["examples"][0]
    if "anyOf" in schema or "allOf" in schema:
        return _example((schema.get("anyOf") or schema["allOf"])[0])
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("format") == "uuid":
        return str(uuid4())
    if schema.get("type") == "object":
        needed = schema.get("required", [])
        return {name: _example(schema["properties"][name]) for name in needed}
    return {"string": "text", "integer": 1, "number": 1, "boolean": False, "array": []}[schema["type"]]


async def _send(api: Api, route: Route, method: str, key: str | None, ids: dict[str, str]) -> Any:
    path = route.path_format.format_map(ids)
    options = _body(route, method)
    headers = {"If-Match": "*", **options.pop("headers", {})}
    query = "?mode=delta" if path == "/v1/directory-syncs" and method == "POST" else ""
    return await api.request(method, path + query, key=key, headers=headers, **options)


class _Unknown(dict[str, str]):
    """Ids that nothing has."""

    def __missing__(self, name: str) -> str:
        return str(uuid4())


async def _world(tenant: Tenant) -> tuple[dict[str, str], str]:
    """One of everything in an organization, and the key of the person whom the personal things belong to."""
    scene = await make_scene(tenant)
    sharer = await make_sharer(tenant, scene, connect_to=None)
    publication = await approve_post(tenant, scene, sharer, by_hand=True)
    employee_id, program_id = sharer.employee.id, scene.program.id
    async with tenant.database.transaction(tenant.id) as session:
        now = await db.now(session)
        policy = Policy(organization_id=tenant.id, title="How we speak", program_id=program_id)
        session.add(policy)
        session.add(
            PostDeletion(
                organization_id=tenant.id, publication_id=publication.id, employee_id=employee_id, external_id="x1"
            )
        )
        await session.flush()
        rows = {
            "goal_id": Goal(
                organization_id=tenant.id,
                program_id=program_id,
                kind=GoalKind.MARKETING,
                heading=Heading.SALES,
                kpi="hires",
                title="Goal",
                baseline=0,
                target=1,
                due_on=now.date(),
                owner_employee_id=employee_id,
            ),
            "responsibility_id": Responsibility(
                organization_id=tenant.id, program_id=program_id, function=Function.OWNER, employee_id=employee_id
            ),
            "sync_id": DirectorySync(
                organization_id=tenant.id, source="csv", mode=SyncMode.DELTA, state=SyncState.READY, sha256="0"
            ),
            "version_id": PolicyVersion(organization_id=tenant.id, policy_id=policy.id, number=1, written_by=new_id()),
            "stop_id": Stop(organization_id=tenant.id, scope=StopScope.ORGANIZATION, reason="Why.", stopped_by="key:x"),
            "invitation_id": Invitation(
                organization_id=tenant.id,
                program_id=program_id,
                employee_id=employee_id,
                state=InvitationState.SENT,
                language=Language.EN,
                expires_at=now,
            ),
            "privacy_request_id": PrivacyRequest(
                organization_id=tenant.id,
                employee_id=employee_id,
                kind=RequestKind.EXPORT,
                state=RequestState.QUEUED,
                due_at=now,
            ),
            "legal_hold_id": LegalHold(
                organization_id=tenant.id, employee_id=employee_id, reason="Case.", placed_by="key:x"
            ),
            "call_id": OpenCall(organization_id=tenant.id, program_id=program_id, code="call", closes_at=now + A_YEAR),
            "nomination_id": Nomination(
                organization_id=tenant.id,
                program_id=program_id,
                nominator_id=employee_id,
                nominee_id=employee_id,
                sealed_content=b"",
                expires_at=now,
            ),
            "application_id": Application(
                organization_id=tenant.id,
                program_id=program_id,
                employee_id=employee_id,
                origin=Origin.OWN,
                language=Language.EN,
                sealed_content=b"",
            ),
            "conversion_id": Conversion(
                organization_id=tenant.id,
                kind=ConversionKind.LEAD,
                source="crm",
                external_id="L-1",
                occurred_at=now,
                window_days=30,
            ),
            "forecast_id": Forecast(
                organization_id=tenant.id,
                program_id=program_id,
                seed=1,
                runs=1,
                method="seeded_monte_carlo",
                method_version="1",
                starts_on=now.date(),
                ends_on=now.date(),
            ),
            "round_id": SurveyRound(
                organization_id=tenant.id,
                kind=SurveyKind.SHARE_OF_VOICE,
                title="Voice",
                asked_on=now.date(),
                source="watch",
                external_id="1",
                value=20,
            ),
            "asset_id": Asset(
                organization_id=tenant.id,
                kind=AssetKind.IMAGE,
                content_type="image/png",
                sha256="0" * 64,
                size_bytes=1,
            ),
            "topic_id": ContentTopic(organization_id=tenant.id, slug="panels", names={"en": "Panels"}),
            "source_id": ContentSource(
                organization_id=tenant.id,
                program_id=program_id,
                name="Blog",
                url="https://lumen.example/feed",
                due_at=now + A_YEAR,
                added_by="key:x",
            ),
            "directory_source_id": DirectorySource(organization_id=tenant.id, source="csv"),
            "proposal_id": Proposal(
                organization_id=tenant.id,
                program_id=program_id,
                employee_id=employee_id,
                language=Language.EN,
                sealed_content=b"",
                answer_due_at=now + A_YEAR,
            ),
            "profile_id": LaunchProfile(
                organization_id=tenant.id,
                program_id=program_id,
                employee_id=employee_id,
                sealed_content=b"",
                content_hash="0",
            ),
            "benefit_id": Benefit(
                organization_id=tenant.id, program_id=program_id, kind=BenefitKind.RECOGNITION, titles={"en": "Thanks"}
            ),
            "commitment_id": Commitment(
                organization_id=tenant.id,
                program_id=program_id,
                employee_id=employee_id,
                sealed_statement=b"",
                budget=1,
                currency="ILS",
                valid_until=now.date(),
            ),
            "group_id": ScimGroup(organization_id=tenant.id, display_name="Sales", display_name_key="sales"),
            "identity_provider_id": IdentityProvider(
                organization_id=tenant.id,
                title="SSO",
                issuer="https://sso.lumen.example",
                client_id="advocacy",
                groups_claim="groups",
            ),
            "pause_id": Pause(
                organization_id=tenant.id, employee_id=employee_id, kind=PauseKind.BREAK, starts_at=now + A_YEAR
            ),
        }
        session.add_all(rows.values())
        platform = PlatformConnection(
            organization_id=tenant.id, connector="oktopost", title="Ours", state=PlatformState.ACTIVE
        )
        session.add(platform)
        newer = PlatformConnection(
            organization_id=tenant.id, connector="hootsuite", title="Theirs", state=PlatformState.ACTIVE
        )
        session.add(newer)
        await session.flush()
        rows |= {
            "move_id": PlatformMove(
                organization_id=tenant.id,
                program_id=program_id,
                from_connection_id=platform.id,
                to_connection_id=newer.id,
                started_by="key:x",
            ),
            "push_id": ContentPush(
                organization_id=tenant.id,
                platform_connection_id=platform.id,
                program_id=program_id,
                item_id=scene.item.id,
                item_version=1,
                destination_id="board",
                link_id=(await session.exec(select(TrackedLink))).all()[0].id,
                content={"topic_ids": []},
            ),
            "measurement_id": Measurement(
                organization_id=tenant.id,
                goal_id=rows["goal_id"].id,
                value=1,
                measured_on=now.date(),
                method=Method.MEASURED,
                source="manual",
                formula_version="1",
            ),
            "goal_feed_id": FeedSource(
                organization_id=tenant.id,
                goal_id=rows["goal_id"].id,
                connector="linkedin",
                connection_id=publication.connection_id,
                feed="page_followers",
                measures="total",
                subject="urn:li:organization:1",
                title="Our page",
                created_by="key:x",
            ),
            "mapping_id": GroupMapping(organization_id=tenant.id, group_id=rows["group_id"].id, role=Role.EDITOR),
            "audience_sync_id": AudienceSync(
                organization_id=tenant.id, platform_connection_id=platform.id, program_id=program_id, started_by="key:x"
            ),
        }
        names = ("move_id", "push_id", "audience_sync_id", "measurement_id", "goal_feed_id", "mapping_id")
        session.add_all([rows[name] for name in names])
    rows |= await _taught(tenant, employee_id=employee_id, program_id=program_id)
    (variant,) = await tenant.rows(Variant)
    (offer,) = await tenant.rows(Offer)
    ids = {name: str(row.id) for name, row in rows.items()}
    ids |= {
        "organization_id": str(tenant.id),
        "key_id": str((await tenant.rows(ApiKey))[0].id),
        "grant_id": str((await tenant.rows(RoleGrant))[0].id),
        "employee_id": str(employee_id),
        "program_id": str(program_id),
        "policy_id": str(policy.id),
        "item_id": str(scene.item.id),
        "variant_id": str(variant.id),
        "offer_id": str(offer.id),
        "share_id": str(publication.share_id),
        "connection_id": str(publication.connection_id),
        "publication_id": str(publication.id),
        "consent_id": str(publication.consent_id),
        "network": "linkedin",
        "period": "2099-W01",
        "slug": "no_such_connector",
        "platform_connection_id": str(platform.id),
    }
    return ids, await tenant.key_of(sharer.employee)


async def _taught(tenant: Tenant, *, employee_id: UUID, program_id: UUID) -> dict[str, Any]:
    """A module, a session with the person in it, their checklist with a coach, and something they asked for."""
    coach = await tenant.employee()
    person = Actor(organization_id=tenant.id, key_id=new_id(), employee_id=employee_id)
    async with tenant.database.transaction(tenant.id) as session:
        now = await db.now(session)
        module = Module(
            organization_id=tenant.id, program_id=program_id, topic=Topic.CUSTOM, title={"en": "Writing"},
            completion=Completion.ATTENDANCE,
        )  # fmt: skip
        session.add(module)
        await session.flush()
        taught = TrainingSession(
            organization_id=tenant.id, module_id=module.id, program_id=program_id, starts_local="2099-01-12T10:00:00",
            ends_local="2099-01-12T12:00:00", time_zone="UTC", starts_at=now + A_YEAR, ends_at=now + A_YEAR * 2,
            trainer="Noa Levi", language=Language.EN, seats=3, place="Room 4",
        )  # fmt: skip
        session.add(taught)
        await session.flush()
        enrolment = Enrolment(
            organization_id=tenant.id, session_id=taught.id, employee_id=employee_id, state=EnrolmentState.ENROLLED
        )
        session.add(enrolment)
        seen = await coaching.own(session, person, "linkedin", settings=tenant.settings)
        asked = await coaching.name_coach(session, person, coach=coach, network="linkedin")
        body = NeedCreate(program_id=program_id, topic=NeedTopic.CONTENT, text="A text about panels")
        need = await needs.send(session, person, body, settings=tenant.settings)
        await session.flush()
    return {
        "module_id": module, "session_id": taught, "enrolment_id": enrolment, "checklist_id": seen.checklist,
        "coaching_id": asked, "need_id": need,
    }  # fmt: skip


class TestNobody:
    async def test_no_route_but_the_public_ones_answers_without_a_key(self, api: Api) -> None:
        for route in _ROUTES:
            if route.gate.opens_for is Door.ANYBODY:
                continue
            for method in sorted(route.methods or ()):
                for key in (None, "adv_live_nonsense", "adv_live_AAAAAAAAAAAA_" + "A" * 38):
                    answer = await _send(api, route, method, key, _Unknown())
                    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), route.path_format
                    assert "www-authenticate" in answer.headers

    def test_few_routes_are_public(self) -> None:
        public = {route.path_format for route in _ROUTES if route.gate.opens_for is Door.ANYBODY}
        # Vendors have no key, but a signature.
        links = {"/v1/auth/token", "/v1/auth/session", "/v1/auth/sign-in-links"}
        assert public == {*links, "/webhooks/{connector}/{connection_id}"}


class TestMissingRole:
    async def test_a_person_without_roles_is_refused_wherever_one_is_needed(self, api: Api, tenant: Tenant) -> None:
        _, key = await tenant.person()
        for route in _ROUTES:
            if not isinstance(route.gate.opens_for, Permission):
                continue
            for method in sorted(route.methods or ()):
                answer = await _send(api, route, method, key, _Unknown())
                assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed"), route.path_format

    async def test_no_other_key_than_the_persons_own_opens_what_is_theirs(self, api: Api, tenant: Tenant) -> None:
        for route in _ROUTES:
            if route.gate.opens_for is not Door.PERSON:
                continue
            for method in sorted(route.methods or ()):
                for key in (tenant.owner_key, OPERATOR_KEY):
                    answer = await _send(api, route, method, key, _Unknown())
                    assert (answer.status_code, answer.json()["code"]) == (403, "person_required"), route.path_format

    async def test_the_operator_sees_nothing_of_an_organization(self, api: Api, tenant: Tenant) -> None:
        for route in _ROUTES:
            if isinstance(route.gate.opens_for, Permission):
                for method in sorted(route.methods or ()):
                    answer = await _send(api, route, method, OPERATOR_KEY, _Unknown())
                    assert answer.status_code == 403, route.path_format


def _comparable(answer: Any) -> tuple[int, dict[str, Any]]:
    document = answer.json()
    return answer.status_code, {k: v for k, v in document.items() if k not in ("instance", "request_id")}


class TestForeignThings:
    async def test_another_organizations_things_look_like_nothing(
        self, api: Api, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        """Each route with an id answers an owner or a person of another organization as it does for an unknown id."""
        ids, _ = await _world(tenant)
        _, stranger = await other_tenant.person()
        for route in _ROUTES:
            if not _has_id(route):
                continue
            key = stranger if route.gate.opens_for is Door.PERSON else other_tenant.owner_key
            for method in sorted(route.methods or ()):
                foreign = await _send(api, route, method, key, ids)
                unknown = await _send(api, route, method, key, _Unknown())
                assert foreign.status_code == 404, (method, route.path_format, foreign.text)
                assert _comparable(foreign) == _comparable(unknown), route.path_format

    async def test_a_colleagues_own_things_look_like_nothing(self, api: Api, tenant: Tenant) -> None:
        ids, own_key = await _world(tenant)
        _, colleague = await tenant.person()
        looked_at = 0
        for route in _ROUTES:
            if not _has_id(route) or route.gate.opens_for is not Door.PERSON:
                continue
            if not _PERSONAL & set(route.param_convertors):
                continue
            for method in sorted(route.methods or ()):
                theirs = await _send(api, route, method, colleague, ids)
                unknown = await _send(api, route, method, colleague, _Unknown())
                assert theirs.status_code == 404, (method, route.path_format, theirs.text)
                assert _comparable(theirs) == _comparable(unknown), route.path_format
                # This file was never sent: only that others do not get it is looked at.
                if method == "GET" and "asset_id" not in route.param_convertors:
                    assert (await _send(api, route, method, own_key, ids)).status_code == 200, route.path_format
                    looked_at += 1
        assert looked_at >= 4


class TestBadInput:
    async def test_an_unknown_field_is_refused_everywhere(self, api: Api, tenant: Tenant) -> None:
        ids, own_key = await _world(tenant)
        for route in _ROUTES:
            for method in sorted(route.methods or ()):
                options = _body(route, method)
                if not options.get("json"):
                    continue
                key = {Door.PERSON: own_key, Door.OPERATOR: OPERATOR_KEY}.get(route.gate.opens_for, tenant.owner_key)  # type: ignore[call-overload]
                answer = await api.request(
                    method,
                    route.path_format.format_map(ids),
                    key=key,
                    headers={"If-Match": "*"},
                    json={**options["json"], "no_such_field": 1},
                )
                assert answer.status_code == 422, (method, route.path_format, answer.text)
                assert "/no_such_field" in {problem["pointer"] for problem in answer.json()["errors"]}

    async def test_an_id_that_is_none_is_refused_everywhere(self, api: Api, tenant: Tenant) -> None:
        _, own_key = await tenant.person()
        for route in _ROUTES:
            if _has_id(route):
                key = own_key if route.gate.opens_for is Door.PERSON else tenant.owner_key
                for method in sorted(route.methods or ()):
                    path = route.path_format.format_map(dict.fromkeys(route.param_convertors, "not-an-id"))
                    answer = await api.request(method, path, key=key, headers={"If-Match": "*"})
                    assert answer.status_code == 422, (method, path, answer.text)


class TestAtOnce:
    async def test_the_same_request_twice_at_once_has_one_effect(self, api: Api, tenant: Tenant) -> None:
        key = base64.urlsafe_b64encode(uuid4().bytes).decode()
        body = {"name": "Job", "role": "analyst"}
        answers = await asyncio.gather(
            *(
                api.post("/v1/api-keys", key=tenant.owner_key, headers={"Idempotency-Key": key}, json=body)
                for _ in range(5)
            )
        )
        created = {answer.json()["id"] for answer in answers if answer.status_code == 201}
        assert len(created) == 1
        assert {answer.status_code for answer in answers} <= {201, 409}
        assert sum(row.name == "Job" for row in await tenant.rows(ApiKey)) == 1
