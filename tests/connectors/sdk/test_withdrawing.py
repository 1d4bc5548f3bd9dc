"""A connector that can take access back takes the exam: none of ours can, since no vendor of ours documents a way."""

from __future__ import annotations

from typing import ClassVar

from connectors.sdk import Capability
from connectors.sdk.testing.simulator import Simulator
from tests.connectors.linkedin.test_conformance import TestLinkedIn as LinkedInExam
from tests.factories.withdrawing import WithdrawingLinkedIn, connector


class TestWithdrawing(LinkedInExam):
    connector = connector
    package = "tests.factories.withdrawing"
    operations: ClassVar = {**LinkedInExam.operations, Capability.REVOKE_CREDENTIALS: "revoke"}

    def make_simulator(self) -> Simulator:
        return WithdrawingLinkedIn(client_secret="canary-client-secret", clock=lambda: self.started_at)


del LinkedInExam
