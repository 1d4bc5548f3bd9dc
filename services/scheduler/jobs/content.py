"""What content asks of time: first comments under posts, files that nothing names, proposals that wait."""

from __future__ import annotations

import asyncio
from uuid import UUID

from connectors.sdk import registry
from connectors.sdk.capabilities import Capability
from connectors.sdk.ports import CommentsAsMember, port
from services.core.assets import service as assets
from services.core.communication import service as communication
from services.core.communication.texts import MessageKind
from services.core.connections import budgets
from services.core.connections.vendors import vendor_context
from services.core.content import repository as content
from services.core.employees import repository as employees
from services.core.kit import db
from services.core.kit.crash import crash_point
from services.core.kit.logging import get_logger
from services.core.organizations import hot as organizations
from services.core.programs import repository as programs
from services.core.programs.models import Function
from services.core.proposals import repository as proposals
from services.core.shares import comments, repository
from services.core.shares import service as shares
from services.core.shares.comments import ToSend
from services.core.shares.rules import Outcome, OutcomeKind
from services.scheduler.worker import outcomes
from services.scheduler.worker.tools import Tools

_log = get_logger("content")

_MOST = 100
_AT_ONCE = 5


async def write_first_comments(tools: Tools) -> None:
    """Write the first comments of posts that are out, each at most once."""
    async with tools.database.hot(None) as connection:
        due = await repository.find_comments_due(connection, most=_MOST)
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(organization_id: UUID, comment_id: UUID) -> None:
        async with places:
            try:
                await write_first_comment(tools, organization_id, comment_id)
            # One that cannot be worked on must not hold up the others.
            except Exception as error:
                _log.error("first_comment.failed", comment_id=str(comment_id), exc_info=error)

    await asyncio.gather(*(one(*ids) for ids in due))


async def write_first_comment(tools: Tools, organization_id: UUID, comment_id: UUID) -> None:
    """Arm, send, record; then tell the person what did not work."""
    async with tools.database.transaction(organization_id) as session:
        armed = await comments.arm(session, comment_id, settings=tools.settings)
    if armed is not None:
        crash_point("comment.after_arm")
        outcome = await _send(tools, organization_id, armed)
        crash_point("comment.after_send")
        async with tools.database.transaction(organization_id) as session:
            await comments.record(session, armed, outcome)
    await _tell(tools, organization_id, comment_id)


async def _send(tools: Tools, organization_id: UUID, armed: ToSend) -> Outcome:
    try:
        connector = registry.get_connector(armed.connector)
        writer = port(connector, Capability.COMMENT_AS_MEMBER, CommentsAsMember)
        async with tools.database.hot(organization_id) as connection:
            allowed = await budgets.spend(
                connection, organization_id, connector=armed.connector, budgets=connector.manifest.budgets,
                capability=Capability.COMMENT_AS_MEMBER, connection_ids=[armed.connection_id],
            )  # fmt: skip
            if not allowed:
                until = await budgets.next_period(connection, connector.manifest.budgets, Capability.COMMENT_AS_MEMBER)
                return Outcome(OutcomeKind.NOT_SENT, "budget", retry_at=until)
        async with vendor_context(
            tools.settings, armed.connector, credentials=armed.credentials, http=tools.http
        ) as ctx:
            async with asyncio.timeout(tools.settings.publish_deadline_seconds):
                done = await writer.comment_as_member(
                    ctx, external_id=armed.external_id, author=armed.author, text=armed.text
                )
            return outcomes.of_answer(done)
    except registry.ConnectorNotFound:
        return outcomes.CONNECTOR_GONE
    # Whatever a connector raises has to become an outcome: it is armed.
    except Exception as error:
        return outcomes.of_error(error)


async def _tell(tools: Tools, organization_id: UUID, comment_id: UUID) -> None:
    async with tools.database.transaction(organization_id) as session:
        comment = await repository.get_comment(session, comment_id)
        if comment is None or comment.state not in comments.TOLD:
            return
        publication = await repository.get_publication(session, comment.publication_id)
        share = await repository.get_share(session, publication.share_id)
        employee = await employees.find_employee(session, publication.employee_id)
        if employee is None:
            return
        consent = await repository.get_consent(session, publication.consent_id)
        document = await shares.open_consent(session, consent, settings=tools.settings)
        item = await content.get_item(session, publication.item_id)
        await communication.write(
            session,
            employee,
            MessageKind.FIRST_COMMENT,
            settings=tools.settings,
            language=share.language,
            subject_id=comment.id,
            values={
                "item": item.title,
                "network": publication.network,
                "words": comments.explain(comment, share.language, network=publication.network),
                "text": document.get("first_comment", ""),
                "permalink": publication.permalink or "",
            },
        )


async def sweep_files(tools: Tools) -> None:
    """Remove files that no row names: left by uploads that were not committed, or deleted."""
    async with tools.database.hot(None) as connection:
        organization_ids = await organizations.list_organization_ids(connection)
    for organization_id in organization_ids:
        async with tools.database.transaction(organization_id) as session:
            removed = await assets.sweep_orphans(session, settings=tools.settings)
        if removed:
            _log.info("assets.swept", organization_id=str(organization_id), count=removed)


async def remind_of_proposals(tools: Tools) -> None:
    """Tell those who answer for content once when a proposal's promised time has passed."""
    async with tools.database.hot(None) as connection:
        waiting = await proposals.find_waiting(connection, most=_MOST)
    for organization_id, proposal_id in waiting:
        async with tools.database.transaction(organization_id) as session:
            proposal = await proposals.take_overdue(session, proposal_id)
            if proposal is None:
                continue
            proposal.reminded_at = await db.now(session)
            session.add(proposal)
            program = await programs.get_program(session, proposal.program_id)
            held = await programs.list_responsibilities(session, proposal.program_id)
            editors = {one.employee_id for one in held if one.function is Function.CONTENT} or {
                one.employee_id for one in held if one.function is Function.OWNER
            }
            for employee in await employees.list_by_ids(session, sorted(editors)):
                await communication.write(
                    session,
                    employee,
                    MessageKind.PROPOSAL_WAITS,
                    settings=tools.settings,
                    subject_id=proposal.id,
                    values={
                        "program": program.name,
                        "due": proposal.answer_due_at.date().isoformat(),
                        "link": f"{tools.settings.public_url}/v1/proposals/{proposal.id}",
                    },
                )
