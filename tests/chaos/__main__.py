"""``python -m tests.chaos``: the long campaign, and the control run that shows what it would find."""

import contextlib
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.chaos import campaign, naive


def main(arguments: Sequence[str] | None = None) -> int:
    """Takes the options of the campaign; the exit code is 1 if an invariant broke or the control doubled nothing."""
    code = campaign.main(arguments)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="advocacy-naive-")))
        folder.chmod(0o755)  # as root, PostgreSQL is another user, who has to pass
        control = naive.run(folder)
    sys.stdout.write("\n".join(control.lines()) + "\n")
    return code if control.duplicates else 1


if __name__ == "__main__":
    raise SystemExit(main())
