"""``python -m tests.bench.offers_server PORT``: the API, and one more route as the bare limit.

``/bare`` stands on the same application and pool. It reads three offers of a known person with one plain statement and
answers with a few of their columns: no key is checked, nothing is ranked and nothing explained. What the product's own
route costs more is what it does more.
"""

from __future__ import annotations

import sys
from uuid import UUID

import orjson
import uvicorn
from starlette.requests import Request
from starlette.responses import Response

from services.api.app import create_app
from services.core.kit.db import Database
from services.core.kit.logging import configure_logging
from services.core.kit.settings import get_settings

_THREE = """
select id, item_id, language, state from offers
 where organization_id = $1 and employee_id = $2 and state = 'offered' order by created_at desc limit 3
"""


async def bare(request: Request) -> Response:
    """Three rows, as they are."""
    database: Database = request.app.state.database
    organization_id, employee_id = (UUID(request.query_params[name]) for name in ("organization", "employee"))
    async with database.hot(organization_id) as connection:
        rows = await connection.fetch(_THREE, organization_id, employee_id)
    return Response(orjson.dumps([[str(value) for value in row.values()] for row in rows]))


def main() -> None:
    """The command, with the settings of the environment."""
    settings = get_settings()
    configure_logging(settings)
    app = create_app(settings)
    app.add_route("/bare", bare)
    # The load keeps its connections for the whole run, as a proxy in front would.
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_config=None, access_log=False, timeout_keep_alive=600)


if __name__ == "__main__":
    main()
