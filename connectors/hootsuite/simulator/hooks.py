"""Notifications of the simulated Hootsuite: unsigned, numbered per address, given up on after failures."""

import json
from typing import TYPE_CHECKING

import httpx2

from connectors.hootsuite.simulator.store import ORGANIZATION_ID, Document

if TYPE_CHECKING:
    from connectors.hootsuite.simulator.app import HootsuiteSimulator

#: The vendor's own number is not published.
FAILURES_UNTIL_DISABLED = 3
MESSAGE_EVENT = "com.hootsuite.messages.event.v1"
PING = {"type": "com.hootsuite.ping.event.v1", "data": {}}


class Hooks:
    """A queue per address; nothing goes out before somebody asks for it to be delivered."""

    def __init__(self, simulator: "HootsuiteSimulator") -> None:
        self._sim = simulator

    def notify(self, message: Document, state: str) -> None:
        """Queues what happened to a message for each of its addresses."""
        data = {
            "state": state,
            "organization": {"id": ORGANIZATION_ID} if message["is_organization"] else None,
            "message": {"id": message["id"]},
            "timestamp": self._sim.now().isoformat().replace("+00:00", "Z"),
        }
        addresses = [
            *message["webhookUrls"],
            *([self._sim.options.callback_url] if self._sim.options.callback_url else []),
        ]
        for address in addresses:
            hook = self._hook(address)
            if hook["is_disabled"]:
                continue
            envelope = {"seq_no": str(hook["seq"] + 1), "type": MESSAGE_EVENT, "data": data}
            self._sim.put("hooks", address, {**hook, "seq": hook["seq"] + 1, "queue": [*hook["queue"], envelope]})

    def _hook(self, address: str) -> Document:
        empty = {"seq": 0, "queue": [], "failures": 0, "is_disabled": False}
        return self._sim.table("hooks").get(address, empty)

    async def deliver(self, address: str, *, twice: bool = False, reverse: bool = False) -> list[int]:
        """Posts what waits for an address, in order unless told otherwise; the statuses that came back.

        A disabled address gets a ping alone, and is open again once that is answered by 200.
        """
        hook = self._hook(address)
        envelopes = [PING] if hook["is_disabled"] else list(hook["queue"])
        if reverse:
            envelopes.reverse()
        if twice:
            envelopes = [one for one in envelopes for _ in range(2)]
        statuses: list[int] = []
        async with httpx2.AsyncClient(trust_env=False) as http:
            for envelope in envelopes:
                headers = {"Content-Type": "application/json"}
                answer = await http.post(address, content=json.dumps(envelope).encode(), headers=headers)
                statuses.append(answer.status_code)
        failures = sum(1 for status in statuses if status != 200)
        failed = hook["failures"] + failures if failures else 0
        is_disabled = failures > 0 if hook["is_disabled"] else failed >= FAILURES_UNTIL_DISABLED
        changes: Document = {"queue": [], "failures": failed, "is_disabled": is_disabled}
        self._sim.put("hooks", address, {**hook, **changes})
        return statuses
