"""The publishing protocol against the simulated network, fault by fault: at most one post, always a known state."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.core.ambassadors.models import Preferences
from services.core.connections import repository as connections
from services.core.connections.models import Connection, ConnectionState
from services.core.connections.tokens import renew
from services.core.content import repository as content
from services.core.employees.models import Employee, EmploymentStatus
from services.core.kit import db, jobs
from services.core.kit.ids import new_id
from services.core.kit.settings import Settings
from services.core.policies.models import Policy, PolicyVersion, VersionState
from services.core.programs import repository as programs
from services.core.programs.models import Channel, ProgramState
from services.core.shares import publishing, repository
from services.core.shares import service as shares
from services.core.shares.errors import MoveRefused, RiskNotAcknowledged, SentAgainAlready
from services.core.shares.models import AttemptState, EvidenceKind, Publication, PublicationState
from services.core.shares.names import PUBLICATION_STATE_NAMES
from services.core.shares.rules import LOOK_UPS, Outcome, OutcomeKind
from services.core.shares.service import FOLLOW_UP_JOB
from services.scheduler.jobs import holds
from services.scheduler.jobs import shares as job
from services.scheduler.worker.tools import Tools
from tests.factories.publications import (
    TEXT,
    Scene,
    Sharer,
    approve_post,
    connect,
    make_scene,
    make_sharer,
    read_publication,
)
from tests.fixtures.api import Tenant
from tests.fixtures.processes import Simulator


@pytest.fixture
def tools(database: db.Database, linkedin_settings: Settings) -> Tools:
    """What a job is given."""
    return Tools(database, linkedin_settings)


@pytest.fixture
async def scene(tenant: Tenant) -> Scene:
    """An offered item."""
    return await make_scene(tenant)


@pytest.fixture
async def sharer(tenant: Tenant, scene: Scene, linkedin_settings: Settings) -> Sharer:
    """An ambassador with a connected account."""
    return await make_sharer(tenant, scene, connect_to=linkedin_settings)


async def wake(tools: Tools, publication: Publication) -> Publication:
    """Let the alarm ring, and read what became of it."""
    await job.publish(tools, publication.organization_id, publication.id)
    async with tools.database.transaction(publication.organization_id) as session:
        return await repository.get_publication(session, publication.id)


async def ready_one(tenant: Tenant, tools: Tools, publication: Publication) -> publishing.Ready:
    """Bring a publication through claim and check."""
    async with tenant.database.hot(tenant.id) as connection:
        claims = await publishing.claim(connection, tenant.id, most=50, first=publication.id, settings=tools.settings)
    async with tenant.database.transaction(tenant.id) as session:
        (ready,) = await publishing.check(session, claims, settings=tools.settings)
    return ready


async def count_open_attempts(tenant: Tenant, publication: Publication) -> int:
    async with tenant.database.transaction(tenant.id) as session:
        attempts = await repository.list_attempts(session, publication.id)
    return sum(attempt.state is AttemptState.OPEN for attempt in attempts)


class TestOnce:
    """B25 and S56: once, and only what its person agreed to, at the time agreed on."""

    async def test_people_see_exactly_what_was_approved(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        done = await wake(tools, await approve_post(tenant, scene, sharer))
        assert done.state is PublicationState.PUBLISHED
        (post,) = await simulator.posts()
        assert post["text"] == TEXT
        assert done.external_id == post["urn"]

    async def test_a_second_alarm_and_a_scan_post_nothing_more(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        publication = await approve_post(tenant, scene, sharer)
        await wake(tools, publication)
        await wake(tools, publication)
        await job.publish(tools, tenant.id)
        assert len(await simulator.posts()) == 1

    async def test_nothing_goes_out_before_its_time(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        publication = await approve_post(tenant, scene, sharer, due_in=timedelta(hours=1))
        assert (await wake(tools, publication)).state is PublicationState.SCHEDULED
        await db.move_clock(tenant.settings.database_url, by=timedelta(hours=1, seconds=1))
        await job.publish(tools, tenant.id)
        assert (await read_publication(tenant, publication.id)).state is PublicationState.PUBLISHED
        assert len(await simulator.posts()) == 1

    async def test_an_older_claim_cannot_arm(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        publication = await approve_post(tenant, scene, sharer)
        ready = await ready_one(tenant, tools, publication)
        await db.move_clock(tenant.settings.database_url, by=timedelta(seconds=61))
        await job.sweep(tools)
        assert (await wake(tools, publication)).state is PublicationState.PUBLISHED
        async with tenant.database.hot(tenant.id) as connection:
            assert await publishing.arm(connection, tenant.id, [ready], settings=tools.settings) == []
        assert len(await simulator.posts()) == 1

    async def test_one_connection_has_one_armed_attempt_at_a_time(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools
    ) -> None:
        other = await make_scene(tenant, title="Another story")
        async with tenant.database.transaction(tenant.id) as session:
            await session.exec(sa.text(_JOIN).bindparams(program=other.program.id, person=sharer.employee.id))
        first = await approve_post(tenant, scene, sharer)
        second = await approve_post(tenant, other, sharer, text="Something else entirely")
        async with tenant.database.hot(tenant.id) as connection:
            claims = await publishing.claim(connection, tenant.id, most=50, first=first.id, settings=tools.settings)
        armed = []
        # Each in a batch of its own, as two workers would have them.
        for claim in claims:
            async with tenant.database.transaction(tenant.id) as session:
                ready = await publishing.check(session, [claim], settings=tools.settings)
            async with tenant.database.hot(tenant.id) as connection:
                armed.append(await publishing.arm(connection, tenant.id, ready, settings=tools.settings))
        assert [len(one) for one in armed] == [1, 0]
        waiting = await read_publication(tenant, second.id)
        assert (waiting.state, waiting.reason) == (PublicationState.WAITING, "connection_busy")


_JOIN = """
insert into ambassadors (organization_id, id, program_id, employee_id, state, language, joined_at, version)
select organization_id, gen_random_uuid(), :program, employee_id, state, language, joined_at, 1
  from ambassadors where employee_id = :person
"""


class TestFaults:
    async def test_a_lost_answer_is_unknown_and_is_never_sent_again(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        await simulator.fault(operation="create_post", kind="lose_answer")
        publication = await approve_post(tenant, scene, sharer)
        assert (await wake(tools, publication)).state is PublicationState.UNKNOWN
        await job.publish(tools, tenant.id)
        await job.sweep(tools)
        assert len(await simulator.posts()) == 1
        assert (await read_publication(tenant, publication.id)).state is PublicationState.UNKNOWN

    @pytest.mark.parametrize(
        ("fault", "state", "posts"),
        [
            ({"kind": "status", "status": 500}, PublicationState.UNKNOWN, 0),
            ({"kind": "status", "status": 503}, PublicationState.UNKNOWN, 0),
            ({"kind": "drop_header", "header": "x-restli-id"}, PublicationState.UNKNOWN, 1),
            ({"kind": "status", "status": 429}, PublicationState.WAITING, 0),
            ({"kind": "status", "status": 401}, PublicationState.WAITING, 0),
            ({"kind": "status", "status": 403}, PublicationState.HELD, 0),
            ({"kind": "status", "status": 422}, PublicationState.REJECTED, 0),
            ({"kind": "status", "status": 426}, PublicationState.HELD, 0),
        ],
    )
    async def test_an_answer_is_classified_by_what_it_proves(
        self,
        tenant: Tenant,
        scene: Scene,
        sharer: Sharer,
        tools: Tools,
        simulator: Simulator,
        fault: dict[str, object],
        state: PublicationState,
        posts: int,
    ) -> None:
        await simulator.fault(operation="create_post", **fault)
        done = await wake(tools, await approve_post(tenant, scene, sharer))
        assert done.state is state
        assert len(await simulator.posts()) == posts
        assert await count_open_attempts(tenant, done) == 0

    async def test_a_network_that_cannot_be_reached_is_tried_again_later(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        publication = await approve_post(tenant, scene, sharer)
        values = {**tools.settings.connectors["linkedin"], "api_url": "http://127.0.0.1:1"}
        unreachable = tools.settings.model_copy(update={"connectors": {"linkedin": values}})
        away = await wake(Tools(tools.database, unreachable), publication)
        assert (away.state, away.reason) == (PublicationState.WAITING, "vendor_unavailable")
        await db.move_clock(tenant.settings.database_url, by=timedelta(minutes=1))
        await job.publish(tools, tenant.id)
        assert (await read_publication(tenant, publication.id)).state is PublicationState.PUBLISHED
        assert len(await simulator.posts()) == 1

    async def test_the_same_words_twice_are_rejected_in_the_networks_own(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        await simulator.fault(operation="create_post", kind="lose_answer")
        lost = await approve_post(tenant, scene, sharer)
        await wake(tools, lost)
        async with tenant.database.transaction(tenant.id) as session:
            old = await repository.get_publication(session, lost.id, lock=True)
            share = await repository.get_share(session, old.share_id)
            looked = await shares.view(session, share, settings=tenant.settings)
            local = (await db.now(session)).replace(tzinfo=None, microsecond=0)
            again = {
                "content_hash": looked.content_hash,
                "local": local,
                "zone": "UTC",
                "by_hand": False,
                "networks": ("linkedin",),
                "settings": tenant.settings,
            }
            with pytest.raises(RiskNotAcknowledged):
                await shares.resend(session, sharer.actor, old, acknowledge_duplicate_risk=False, **again)
            new = await shares.resend(session, sharer.actor, old, acknowledge_duplicate_risk=True, **again)
        assert (new.occurrence, new.replaces_id) == (2, lost.id)
        done = await wake(tools, new)
        assert (done.state, done.reason) == (PublicationState.REJECTED, "duplicate_post")
        (post,) = await simulator.posts()
        async with tenant.database.transaction(tenant.id) as session:
            evidence = await repository.list_evidence(session, lost.id)
        hints = [fact.detail["external_id"] for fact in evidence if fact.kind is EvidenceKind.DUPLICATE_HINT]
        assert hints == [post["urn"]]
        assert (await read_publication(tenant, lost.id)).state is PublicationState.UNKNOWN

    async def test_a_revoked_token_holds_the_queue_until_the_person_reconnects(
        self,
        tenant: Tenant,
        scene: Scene,
        sharer: Sharer,
        tools: Tools,
        simulator: Simulator,
        linkedin_settings: Settings,
    ) -> None:
        await simulator.control("tokens/revoke", member_name=sharer.employee.display_name)
        publication = await approve_post(tenant, scene, sharer)
        # First the renewal is tried; the network has ended the whole grant.
        assert (await wake(tools, publication)).state is PublicationState.WAITING
        async with tenant.database.transaction(tenant.id) as session:
            connection = await connections.get_connection(session, sharer.connection.id)
        assert connection.state is ConnectionState.NEEDS_RECONNECT
        await db.move_clock(tenant.settings.database_url, by=timedelta(seconds=16))
        held = await wake(tools, publication)
        assert (held.state, held.reason) == (PublicationState.HELD, "connection_not_usable")
        again = await connect(tenant, sharer.actor, sharer.employee, linkedin_settings)
        assert again.id == sharer.connection.id
        async with tenant.database.transaction(tenant.id) as session:
            assert await shares.release_held(session, connection_id=again.id) == 1
        assert (await wake(tools, publication)).state is PublicationState.PUBLISHED
        assert len(await simulator.posts()) == 1


class TestChecks:
    async def test_a_text_changed_behind_the_persons_back_never_goes_out(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        publication = await approve_post(tenant, scene, sharer)
        async with tenant.database.transaction(tenant.id) as session:
            row = await repository.get_publication(session, publication.id)
            row.content_hash = b"\0" * 32
            session.add(row)
        done = await wake(tools, publication)
        assert (done.state, done.reason) == (PublicationState.CANCELLED, "content_changed")
        assert await simulator.posts() == []

    async def test_a_withdrawn_consent_stops_it(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        publication = await approve_post(tenant, scene, sharer)
        async with tenant.database.transaction(tenant.id) as session:
            consent = await repository.get_consent(session, publication.consent_id)
            consent.withdrawn_at = await db.now(session)
            session.add(consent)
        done = await wake(tools, publication)
        assert (done.state, done.reason) == (PublicationState.CANCELLED, "consent_withdrawn")
        assert await simulator.posts() == []

    async def test_consent_withdrawn_between_check_and_arming_stops_it_too(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools
    ) -> None:
        publication = await approve_post(tenant, scene, sharer)
        ready = await ready_one(tenant, tools, publication)
        async with tenant.database.transaction(tenant.id) as session:
            await shares.cancel_publication(session, publication.id, reason="cancelled_by_person")
        async with tenant.database.hot(tenant.id) as connection:
            assert await publishing.arm(connection, tenant.id, [ready], settings=tools.settings) == []

    async def test_a_rule_published_between_check_and_arming_is_looked_at_first(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        publication = await approve_post(tenant, scene, sharer)
        ready = await ready_one(tenant, tools, publication)
        async with tenant.database.transaction(tenant.id) as session:
            policy = Policy(organization_id=tenant.id, title="As of this moment")
            session.add(policy)
            await session.flush()
            rule = {
                "kind": "forbidden_phrase", "phrases": [TEXT.split()[0]], "until": None,
                "message": {"en": "Not this word.", "he": "לא המילה הזאת."},
            }  # fmt: skip
            session.add(
                PolicyVersion(
                    organization_id=tenant.id, policy_id=policy.id, number=1, state=VersionState.PUBLISHED,
                    written_by=new_id(), texts={}, rules=[rule],
                )
            )  # fmt: skip
        async with tenant.database.hot(tenant.id) as connection:
            assert await publishing.arm(connection, tenant.id, [ready], settings=tools.settings) == []
        assert (await read_publication(tenant, publication.id)).state is PublicationState.SCHEDULED
        done = await wake(tools, publication)
        assert (done.state, done.reason) == (PublicationState.HELD, "policy_rule")
        assert await simulator.posts() == []

    async def test_a_token_about_to_end_asks_the_person_to_reconnect(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        publication = await approve_post(tenant, scene, sharer)
        async with tenant.database.transaction(tenant.id) as session:
            row = await connections.get_connection(session, sharer.connection.id)
            row.token_expires_at = await db.now(session) + timedelta(minutes=4)
            row.is_renewable = False
            session.add(row)
        held = await wake(tools, publication)
        assert (held.state, held.reason) == (PublicationState.HELD, "token_ending")
        async with tenant.database.transaction(tenant.id) as session:
            row = await connections.get_connection(session, sharer.connection.id)
        assert row.state is ConnectionState.NEEDS_RECONNECT
        assert await simulator.posts() == []

    async def test_a_refused_token_is_renewed_before_the_person_is_asked(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        await simulator.fault(operation="create_post", kind="status", status=401)
        before = (await tenant.rows(Connection))[0].token_version
        waiting = await wake(tools, await approve_post(tenant, scene, sharer))
        assert (waiting.state, waiting.reason) == (PublicationState.WAITING, "token_ending")
        assert (await tenant.rows(Connection))[0].token_version == before + 1
        await db.move_clock(tenant.settings.database_url, by=timedelta(seconds=16))
        assert (await wake(tools, waiting)).state is PublicationState.PUBLISHED
        assert len(await simulator.posts()) == 1

    async def test_a_refused_token_that_we_cannot_renew_is_its_persons_to_renew(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        async with tenant.database.transaction(tenant.id) as session:
            row = await connections.get_connection(session, sharer.connection.id)
            row.is_renewable = False
            session.add(row)
        await simulator.fault(operation="create_post", kind="status", status=401)
        held = await wake(tools, await approve_post(tenant, scene, sharer))
        assert (held.state, held.reason) == (PublicationState.HELD, "reauth_required")
        assert (await tenant.rows(Connection))[0].state is ConnectionState.NEEDS_RECONNECT

    async def test_a_token_about_to_end_that_we_can_renew_is_waited_for(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        publication = await approve_post(tenant, scene, sharer)
        async with tenant.database.transaction(tenant.id) as session:
            row = await connections.get_connection(session, sharer.connection.id)
            row.token_expires_at = await db.now(session) + timedelta(minutes=4)
            row.is_renewable, row.renew_at = True, None
            session.add(row)
        waiting = await wake(tools, publication)
        assert (waiting.state, waiting.reason) == (PublicationState.WAITING, "token_ending")
        assert await renew(tools.database, tools.settings, tenant.id, sharer.connection.id)
        await db.move_clock(tenant.settings.database_url, by=timedelta(seconds=6))
        assert (await wake(tools, publication)).state is PublicationState.PUBLISHED
        assert len(await simulator.posts()) == 1

    async def test_another_account_behind_the_connection_is_not_the_one_agreed_on(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        publication = await approve_post(tenant, scene, sharer)
        async with tenant.database.transaction(tenant.id) as session:
            row = await connections.get_connection(session, sharer.connection.id)
            row.account_hash = b"another account"
            session.add(row)
        done = await wake(tools, publication)
        assert (done.state, done.reason) == (PublicationState.CANCELLED, "other_account")
        assert await simulator.posts() == []

    async def test_an_item_whose_time_is_over_is_not_posted(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        publication = await approve_post(tenant, scene, sharer)
        async with tenant.database.transaction(tenant.id) as session:
            row = await content.get_item(session, scene.item.id)
            row.expires_at = await db.now(session)
            session.add(row)
        done = await wake(tools, publication)
        assert (done.state, done.reason) == (PublicationState.CANCELLED, "item_withdrawn")
        assert await simulator.posts() == []

    async def test_a_program_that_goes_on_lets_its_held_posts_go_on(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        publication = await approve_post(tenant, scene, sharer)
        for state, expected in (
            (ProgramState.PAUSED, PublicationState.HELD),
            (ProgramState.QUIET, PublicationState.PUBLISHED),
        ):
            async with tenant.database.transaction(tenant.id) as session:
                program = await programs.get_program(session, scene.program.id)
                program.state = state
                session.add(program)
            await holds.recheck_held(tools)
            assert (await wake(tools, publication)).state is expected
        assert len(await simulator.posts()) == 1

    async def test_somebody_who_left_posts_nothing(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        publication = await approve_post(tenant, scene, sharer)
        async with tenant.database.transaction(tenant.id) as session:
            statement = sa.update(Employee).where(Employee.id == sharer.employee.id)  # type: ignore[arg-type]
            await session.exec(statement.values(status=EmploymentStatus.LEFT))
        done = await wake(tools, publication)
        assert (done.state, done.reason) == (PublicationState.CANCELLED, "person_left")
        assert await simulator.posts() == []

    async def test_too_late_is_missed_and_never_silently_late(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        publication = await approve_post(tenant, scene, sharer)
        await db.move_clock(tenant.settings.database_url, by=timedelta(minutes=61))
        done = await wake(tools, publication)
        assert (done.state, done.reason) == (PublicationState.MISSED, "too_late")
        assert await simulator.posts() == []

    async def test_a_disconnected_account_cancels_what_was_planned(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        publication = await approve_post(tenant, scene, sharer)
        async with tenant.database.transaction(tenant.id) as session:
            statement = sa.update(Connection).where(Connection.id == sharer.connection.id)  # type: ignore[arg-type]
            await session.exec(statement.values(state=ConnectionState.REVOKED))
        done = await wake(tools, publication)
        assert (done.state, done.reason) == (PublicationState.CANCELLED, "disconnected")
        assert await simulator.posts() == []


async def armed(tenant: Tenant, tools: Tools, publication: Publication) -> publishing.Armed:
    """Bring a publication to where the next thing would be to send."""
    ready = await ready_one(tenant, tools, publication)
    async with tenant.database.hot(tenant.id) as connection:
        (made,) = await publishing.arm(connection, tenant.id, [ready], settings=tools.settings)
    return made


async def say(tenant: Tenant, publication: Publication, *, is_there: bool) -> None:
    """The person looked, and says what they saw."""
    async with tenant.database.transaction(tenant.id) as session:
        row = await repository.get_publication(session, publication.id, lock=True)
        await shares.resolve(session, row, is_there=is_there)


async def not_published(tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools) -> Publication:
    """A post whose answer was lost, and which its person did not find."""
    publication = await approve_post(tenant, scene, sharer)
    attempt = await armed(tenant, tools, publication)
    async with tenant.database.transaction(tenant.id) as session:
        await publishing.record(
            session, attempt, Outcome(OutcomeKind.UNKNOWN, "outcome_unknown"), settings=tools.settings
        )
    await say(tenant, publication, is_there=False)
    return await read_publication(tenant, publication.id)


async def send_again(
    tenant: Tenant, sharer: Sharer, old: Publication, *, acknowledge_duplicate_risk: bool = False
) -> Publication:
    """The person approves the same bytes anew, for now."""
    async with tenant.database.transaction(tenant.id) as session:
        share = await repository.get_share(session, old.share_id)
        looked = await shares.view(session, share, settings=tenant.settings)
        return await shares.resend(
            session,
            sharer.actor,
            await repository.get_publication(session, old.id, lock=True),
            content_hash=looked.content_hash,
            local=(await db.now(session)).replace(tzinfo=None, microsecond=0),
            zone="UTC",
            by_hand=False,
            networks=("linkedin",),
            acknowledge_duplicate_risk=acknowledge_duplicate_risk,
            settings=tenant.settings,
        )


class TestSettling:
    @pytest.mark.parametrize(
        ("outcome", "state"),
        [
            (Outcome(OutcomeKind.PUBLISHED, "published", external_id="urn:li:share:1"), PublicationState.PUBLISHED),
            (Outcome(OutcomeKind.REFUSED, "invalid_value"), PublicationState.REJECTED),
            (Outcome(OutcomeKind.NOT_SENT, "vendor_unavailable"), PublicationState.NOT_PUBLISHED),
            (Outcome(OutcomeKind.UNKNOWN, "outcome_unknown"), PublicationState.UNKNOWN),
        ],
    )
    async def test_an_answer_after_the_sweeper_settles_the_unknown_and_never_sends(
        self,
        tenant: Tenant,
        scene: Scene,
        sharer: Sharer,
        tools: Tools,
        simulator: Simulator,
        outcome: Outcome,
        state: PublicationState,
    ) -> None:
        publication = await approve_post(tenant, scene, sharer)
        attempt = await armed(tenant, tools, publication)
        await db.move_clock(tenant.settings.database_url, by=timedelta(seconds=61))
        await job.sweep(tools)
        assert (await read_publication(tenant, publication.id)).state is PublicationState.UNKNOWN
        async with tenant.database.transaction(tenant.id) as session:
            await publishing.record(session, attempt, outcome, settings=tools.settings)
        await job.publish(tools, tenant.id)
        assert (await read_publication(tenant, publication.id)).state is state
        assert await simulator.posts() == []

    async def test_a_post_is_sent_again_once(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        old = await not_published(tenant, scene, sharer, tools)
        await send_again(tenant, sharer, old)
        with pytest.raises(SentAgainAlready):
            await send_again(tenant, sharer, old)

    async def test_proof_that_the_first_is_out_cancels_what_would_send_it_again(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        publication = await approve_post(tenant, scene, sharer)
        attempt = await armed(tenant, tools, publication)
        await db.move_clock(tenant.settings.database_url, by=timedelta(seconds=61))
        await job.sweep(tools)
        await say(tenant, publication, is_there=False)
        again = await send_again(tenant, sharer, await read_publication(tenant, publication.id))
        answer = Outcome(OutcomeKind.PUBLISHED, "published", external_id="urn:li:share:1")
        async with tenant.database.transaction(tenant.id) as session:
            await publishing.record(session, attempt, answer, settings=tools.settings)
        assert (await wake(tools, again)).state is PublicationState.CANCELLED
        assert await simulator.posts() == []

    async def test_the_persons_word_that_the_first_is_there_cancels_what_would_send_it_again(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        publication = await approve_post(tenant, scene, sharer)
        attempt = await armed(tenant, tools, publication)
        async with tenant.database.transaction(tenant.id) as session:
            await publishing.record(
                session, attempt, Outcome(OutcomeKind.UNKNOWN, "outcome_unknown"), settings=tools.settings
            )
        old = await read_publication(tenant, publication.id)
        again = await send_again(tenant, sharer, old, acknowledge_duplicate_risk=True)
        await say(tenant, publication, is_there=True)
        assert (await wake(tools, again)).state is PublicationState.CANCELLED
        assert await simulator.posts() == []

    async def test_a_third_try_asks_about_the_first_that_may_be_out(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools
    ) -> None:
        publication = await approve_post(tenant, scene, sharer)
        attempt = await armed(tenant, tools, publication)
        async with tenant.database.transaction(tenant.id) as session:
            await publishing.record(
                session, attempt, Outcome(OutcomeKind.UNKNOWN, "outcome_unknown"), settings=tools.settings
            )
        old = await read_publication(tenant, publication.id)
        second = await send_again(tenant, sharer, old, acknowledge_duplicate_risk=True)
        async with tenant.database.transaction(tenant.id) as session:
            row = await repository.get_publication(session, second.id, lock=True)
            await shares.move(session, row, PublicationState.MISSED)
        missed = await read_publication(tenant, second.id)
        with pytest.raises(RiskNotAcknowledged):
            await send_again(tenant, sharer, missed)
        third = await send_again(tenant, sharer, missed, acknowledge_duplicate_risk=True)
        await say(tenant, publication, is_there=True)
        assert (await read_publication(tenant, third.id)).state is PublicationState.CANCELLED

    async def test_the_sweeper_leaves_a_live_lease_alone(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools
    ) -> None:
        publication = await approve_post(tenant, scene, sharer)
        await armed(tenant, tools, publication)
        await job.sweep(tools)
        assert (await read_publication(tenant, publication.id)).state is PublicationState.SENDING

    async def test_of_cancel_and_arming_exactly_one_wins(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools
    ) -> None:
        publication = await approve_post(tenant, scene, sharer)
        await armed(tenant, tools, publication)
        with pytest.raises(MoveRefused) as refused:
            async with tenant.database.transaction(tenant.id) as session:
                await shares.cancel_publication(session, publication.id, reason="cancelled_by_person")
        assert refused.value.values["current"] == PUBLICATION_STATE_NAMES[PublicationState.SENDING]

    @pytest.mark.parametrize(
        ("is_there", "state"), [(True, PublicationState.PUBLISHED), (False, PublicationState.NOT_PUBLISHED)]
    )
    async def test_the_persons_word_settles_an_unknown(
        self,
        tenant: Tenant,
        scene: Scene,
        sharer: Sharer,
        tools: Tools,
        is_there: bool,
        state: PublicationState,
    ) -> None:
        publication = await approve_post(tenant, scene, sharer)
        attempt = await armed(tenant, tools, publication)
        async with tenant.database.transaction(tenant.id) as session:
            await publishing.record(
                session, attempt, Outcome(OutcomeKind.UNKNOWN, "outcome_unknown"), settings=tools.settings
            )
        async with tenant.database.transaction(tenant.id) as session:
            row = await repository.get_publication(session, publication.id, lock=True)
            await shares.resolve(session, row, is_there=is_there)
        assert (await read_publication(tenant, publication.id)).state is state

    async def test_an_unknown_that_nobody_settles_is_closed_after_three_days(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools
    ) -> None:
        publication = await approve_post(tenant, scene, sharer)
        attempt = await armed(tenant, tools, publication)
        async with tenant.database.transaction(tenant.id) as session:
            await publishing.record(
                session, attempt, Outcome(OutcomeKind.UNKNOWN, "outcome_unknown"), settings=tools.settings
            )
        await db.move_clock(tenant.settings.database_url, by=timedelta(hours=71))
        await job.close_unsettled(tools)
        assert (await read_publication(tenant, publication.id)).state is PublicationState.UNKNOWN
        await db.move_clock(tenant.settings.database_url, by=timedelta(hours=73))
        await job.close_unsettled(tools)
        assert (await read_publication(tenant, publication.id)).state is PublicationState.UNKNOWN_CLOSED


class TestSweep:
    """What a worker left behind when it died: each known for what it is, told once, and never sent."""

    async def test_what_was_claimed_is_planned_again(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools
    ) -> None:
        publication = await claimed(tenant, tools, await approve_post(tenant, scene, sharer))
        await db.move_clock(tenant.settings.database_url, by=timedelta(seconds=61))
        await job.sweep(tools)
        swept = await read_publication(tenant, publication.id)
        assert (swept.state, swept.reason, swept.lease_until) == (PublicationState.SCHEDULED, None, None)
        assert (swept.version, swept.fence) == (publication.version + 1, publication.fence)
        assert await told(tenant, publication) == ["publication.scheduled", "publication.scheduled"]
        assert await follow_ups(tenant, publication) == 0

    async def test_what_was_claimed_and_is_too_late_is_missed_and_its_person_is_told(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools
    ) -> None:
        publication = await claimed(tenant, tools, await approve_post(tenant, scene, sharer))
        await db.move_clock(
            tenant.settings.database_url, by=timedelta(seconds=tools.settings.publish_grace_seconds + 61)
        )
        await job.sweep(tools)
        swept = await read_publication(tenant, publication.id)
        assert (swept.state, swept.reason, swept.lease_until) == (PublicationState.MISSED, "too_late", None)
        assert (swept.unknown_at, swept.look_up_at) == (None, None)
        assert await told(tenant, publication) == ["publication.scheduled", "publication.missed"]
        assert await follow_ups(tenant, publication) == 1

    @pytest.mark.parametrize(("connector", "is_asked"), [("demo", True), ("linkedin", False), ("gone", False)])
    async def test_what_was_being_sent_is_unknown_and_looked_for_where_its_network_can_be_asked(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, connector: str, is_asked: bool
    ) -> None:
        publication = await approve_post(tenant, scene, sharer)
        attempt = await armed(tenant, tools, publication)
        async with tenant.database.transaction(tenant.id) as session:
            row = await repository.get_publication(session, publication.id, lock=True)
            row.connector, row.look_ups = connector, 3
            session.add(row)
        await db.move_clock(tenant.settings.database_url, by=timedelta(seconds=61))
        await job.sweep(tools)
        swept = await read_publication(tenant, publication.id)
        assert (swept.state, swept.reason, swept.lease_until) == (PublicationState.UNKNOWN, "lease_ran_out", None)
        assert swept.unknown_at is not None
        assert swept.look_ups == 0
        assert swept.look_up_at == (swept.unknown_at + LOOK_UPS[0] if is_asked else None)
        async with tenant.database.transaction(tenant.id) as session:
            (found,) = await repository.list_attempts(session, publication.id)
            (known,) = await repository.list_evidence(session, publication.id)
        assert (found.id, found.state, found.outcome) == (attempt.attempt_id, AttemptState.UNKNOWN, "lease_ran_out")
        assert found.finished_at == swept.unknown_at
        assert (known.kind, known.detail) == (EvidenceKind.LEASE_RAN_OUT, {})
        assert await told(tenant, publication) == ["publication.scheduled", "publication.unknown"]
        assert await follow_ups(tenant, publication) == 1

    async def test_several_are_swept_at_once_each_by_its_own_state(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools
    ) -> None:
        sending = await approve_post(tenant, scene, sharer)
        await armed(tenant, tools, sending)
        other = await make_scene(tenant, title="Another story")
        waiting = await claimed(
            tenant, tools, await approve_post(tenant, other, await make_sharer(tenant, other, connect_to=None))
        )
        await db.move_clock(tenant.settings.database_url, by=timedelta(seconds=61))
        await job.sweep(tools)
        await job.sweep(tools)
        assert (await read_publication(tenant, sending.id)).state is PublicationState.UNKNOWN
        assert (await read_publication(tenant, waiting.id)).state is PublicationState.SCHEDULED
        assert await told(tenant, sending) == ["publication.scheduled", "publication.unknown"]
        assert await told(tenant, waiting) == ["publication.scheduled", "publication.scheduled"]
        assert await follow_ups(tenant, sending) == 1

    async def test_two_sweepers_at_once_tell_it_once(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools
    ) -> None:
        publication = await approve_post(tenant, scene, sharer)
        await armed(tenant, tools, publication)
        await db.move_clock(tenant.settings.database_url, by=timedelta(seconds=61))
        async with tenant.database.hot(tenant.id) as first:
            swept = await publishing.sweep(first, tenant.id, [publication.id], settings=tools.settings)
            # While the first has not committed, the second leaves the row alone instead of waiting for it.
            async with tenant.database.hot(tenant.id) as second:
                assert await publishing.sweep(second, tenant.id, [publication.id], settings=tools.settings) == []
        assert swept == [(publication.id, PublicationState.UNKNOWN)]
        async with tenant.database.hot(tenant.id) as third:
            assert await publishing.sweep(third, tenant.id, [publication.id], settings=tools.settings) == []
        assert await told(tenant, publication) == ["publication.scheduled", "publication.unknown"]


async def claimed(tenant: Tenant, tools: Tools, publication: Publication) -> Publication:
    """Bring a publication to where a worker has taken it, and nothing more."""
    async with tenant.database.hot(tenant.id) as connection:
        await publishing.claim(connection, tenant.id, most=50, first=publication.id, settings=tools.settings)
    return await read_publication(tenant, publication.id)


async def told(tenant: Tenant, publication: Publication) -> list[str]:
    """The events about a publication, the oldest first."""
    async with tenant.database.hot(tenant.id) as connection:
        rows = await connection.fetch(
            "select type from events where data = jsonb_build_object('publication_id', $1::uuid, 'item_id', $2::uuid)"
            " order by id",
            publication.id,
            publication.item_id,
        )
    return [row["type"] for row in rows]


async def follow_ups(tenant: Tenant, publication: Publication) -> int:
    """How many jobs are to tell the person."""
    async with tenant.database.hot(tenant.id) as connection:
        count: int = await connection.fetchval(
            "select count(*) from pgqueuer where entrypoint = $1 and payload = $2",
            FOLLOW_UP_JOB,
            jobs.encode(tenant.id, publication.id),
        )
    return count


class TestHours:
    async def test_a_program_with_windows_and_a_person_with_working_days_are_looked_at(self, tenant: Tenant) -> None:
        """What is stored as JSON is read whichever connection brings it."""
        scene = await make_scene(tenant)
        sharer = await make_sharer(tenant, scene, connect_to=None)
        post = await approve_post(tenant, scene, sharer, due_in=timedelta(hours=2))
        always = [{"days": [1, 2, 3, 4, 5, 6, 7], "from": "00:00", "to": "00:00"}]
        async with tenant.database.transaction(tenant.id) as session:
            session.add(
                Channel(organization_id=tenant.id, program_id=scene.program.id, network="linkedin", windows=always)
            )
            session.add(
                Preferences(
                    organization_id=tenant.id, employee_id=sharer.employee.id, working_days=[1, 2, 3, 4, 5, 6, 7]
                )
            )
        async with tenant.database.transaction(tenant.id) as session:
            (looked,) = await publishing.look(session, [post.id], settings=tenant.settings)
        assert looked.facts.quiet_until is None or looked.facts.quiet_until <= looked.facts.now
