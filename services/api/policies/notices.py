"""Who is told about a policy's versions: those who have to approve one, and its author."""

from __future__ import annotations

from services.api.dependencies import Call
from services.core.communication import service as communication
from services.core.communication.texts import MessageKind
from services.core.employees import repository as employees
from services.core.employees.service import PRESENT, language_of
from services.core.policies import approvals, repository
from services.core.policies.approvals import FUNCTION_NAMES, StandingState
from services.core.policies.models import ApprovalDecision, PolicyApproval, PolicyVersion


async def ask_for_approval(call: Call, version: PolicyVersion) -> None:
    """Tell each holder of a function, but the author, that a version waits for them."""
    policy = await repository.get_policy(call.session, version.policy_id)
    held = await approvals.holders_of(call.session, policy)
    holders = {one.employee_id for people in held.values() for one in people} - {version.written_by}
    for employee in await employees.list_by_ids(call.session, sorted(holders)):
        own = [
            FUNCTION_NAMES[function].in_language(language_of(employee))
            for function, people in held.items()
            if any(one.employee_id == employee.id for one in people)
        ]
        await communication.write(
            call.session, employee, MessageKind.POLICY_APPROVAL_WANTED, settings=call.settings,
            subject_id=version.id,
            values={
                "title": policy.title, "number": version.number, "functions": ", ".join(own),
                "path": f"/v1/policies/{policy.id}/versions/{version.id}",
            },
        )  # fmt: skip


async def tell_author(call: Call, version: PolicyVersion, given: PolicyApproval) -> None:
    """Tell the person who wrote a version that it was refused and why, or that it may be published."""
    policy = await repository.get_policy(call.session, version.policy_id)
    author = next(iter(await employees.list_by_ids(call.session, [version.written_by])), None)
    if author is None or author.status not in PRESENT:
        return
    path = f"/v1/policies/{policy.id}/versions/{version.id}"
    if given.decision is ApprovalDecision.REFUSED:
        await communication.write(
            call.session, author, MessageKind.POLICY_VERSION_REFUSED, settings=call.settings, subject_id=given.id,
            values={
                "title": policy.title, "number": version.number, "reason": given.reason or "–",
                "function": FUNCTION_NAMES[given.function].in_language(language_of(author)),
            },
        )  # fmt: skip
        return
    standings = await approvals.list_standings(call.session, policy, version)
    if all(one.state is StandingState.APPROVED for one in standings):
        await communication.write(
            call.session, author, MessageKind.POLICY_VERSION_APPROVED, settings=call.settings, subject_id=version.id,
            values={"title": policy.title, "number": version.number, "path": path},
        )  # fmt: skip
