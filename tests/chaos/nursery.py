"""Starts many schedulers quickly: everything is imported once, and each scheduler is a fork of that.

From the fork on it is ``advocacy scheduler``, a process of its own with an environment of its own. Run as a script,
with the folder of the wanted version in PYTHONPATH. Reads one JSON object a line (``number``, ``env``, ``log``, and
``module`` for something else than a scheduler), answers with ``number`` and ``pid``, later with ``pid`` and ``exit``.
Ends everything when its input ends.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import sys
import traceback
from typing import Any

from connectors.sdk import registry
from services.cli import main as cli
from services.core.kit import crash


def main() -> None:
    """Serve until standard input is closed."""
    # Imports the connectors too, which are found by entry points.
    registry.list_connectors()
    gc.collect()
    gc.freeze()
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    # Ctrl-C in a terminal is for the campaign, which then closes our input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    alive: set[int] = set()
    pending = b""
    _say(ready=True)
    while True:
        readable, _, _ = select.select([0, reader], [], [])
        if reader in readable:
            os.read(reader, 4096)
            _reap(alive)
        if 0 in readable:
            data = os.read(0, 65536)
            if not data:
                break
            *lines, pending = (pending + data).split(b"\n")
            for line in lines:
                wanted: dict[str, Any] = json.loads(line)
                alive.add(pid := _fork(wanted, inherited=(reader, writer)))
                _say(number=wanted["number"], pid=pid)
    for pid in alive:
        os.kill(pid, signal.SIGKILL)


def _reap(alive: set[int]) -> None:
    while alive:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        alive.discard(pid)
        _say(pid=pid, exit=os.waitstatus_to_exitcode(status))


def _say(**what: object) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


def _fork(wanted: dict[str, Any], *, inherited: tuple[int, ...]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        for descriptor in inherited:
            os.close(descriptor)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        log = os.open(wanted["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.environ.update(wanted["env"])
        # It read the environment when it was imported; its functions live in the same module as before.
        importlib.reload(crash)
        code = importlib.import_module(wanted["module"]).main() if "module" in wanted else cli.main(["scheduler"])
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code or 0)


if __name__ == "__main__":
    main()
