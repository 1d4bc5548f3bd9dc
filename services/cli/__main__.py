"""``python -m services.cli``: the same as the ``advocacy`` command."""

from services.cli.main import main

raise SystemExit(main())
