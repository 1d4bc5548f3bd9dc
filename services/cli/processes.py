"""Child processes that are kept alive: started again when they die, and ended with their parent."""

from __future__ import annotations

import ctypes
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_SHORTEST_WAIT = 0.2
_LONGEST_WAIT = 5.0
#: A child that has lived this long is taken to be well again.
_WELL_AFTER = 20.0
_STOP_SECONDS = 30.0


def _end_with_parent() -> None:
    """In the child, before it becomes itself: ask Linux for SIGTERM when the parent is gone, however it went."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """One process, by what starts it."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    log_path: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    wait: float = _SHORTEST_WAIT
    not_before: float = 0.0

    def start(self) -> None:
        """Start it; its output is appended to its log."""
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603  # our own commands
                list(self.command),
                env=dict(self.env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # safe: children are started from the main thread
            )
        self.started_at = time.monotonic()

    def tend(self) -> bool:
        """Start it again if it has died, waiting a little longer each time; answer whether it has died."""
        if self.process is not None and self.process.poll() is None:
            if time.monotonic() - self.started_at > _WELL_AFTER:
                self.wait = _SHORTEST_WAIT
            return False
        now = time.monotonic()
        if self.process is not None:
            self.process = None
            self.not_before = now + self.wait
            self.wait = min(self.wait * 2, _LONGEST_WAIT)
            return True
        if now >= self.not_before:
            self.start()
        return False

    def ask_to_stop(self) -> None:
        """Send SIGTERM, if it runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def wait_until_stopped(self, deadline: float) -> None:
        """Wait for its end; past the deadline (monotonic seconds) it is killed."""
        if self.process is None:
            return
        try:
            self.process.wait(timeout=max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def stop_all(children: Sequence[Child]) -> None:
    """End every child, the last started first."""
    deadline = time.monotonic() + _STOP_SECONDS
    for child in reversed(children):
        child.ask_to_stop()
    for child in reversed(children):
        child.wait_until_stopped(deadline)


def python(*arguments: str) -> list[str]:
    """A command line for this very interpreter."""
    return [sys.executable, *arguments]


def clean_environment() -> dict[str, str]:
    """The environment children get, before ours is added."""
    return {**os.environ, "PYTHONUNBUFFERED": "1"}


#: Below the range from which systems take ports for outgoing connections, so that none of those is in the way later.
_PORTS = range(10_240, 32_768)


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on right now; raise OSError if hardly any is free."""
    for _ in range(200):
        port = secrets.choice(_PORTS)
        if is_free(port):
            return port
    raise OSError("found no free port on 127.0.0.1")


def is_free(port: int | None) -> bool:
    """Whether a server could listen on this port now."""
    if port is None:
        return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
