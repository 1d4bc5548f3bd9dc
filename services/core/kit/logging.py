"""Structured logs: one line per request or job, constant event names, details as key-values, no personal data."""

from __future__ import annotations

import logging
import sys
from typing import Any

import orjson
import structlog
from asgi_correlation_id import correlation_id

from services.core.kit.settings import Settings


def _request_id(logger: object, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if (request_id := correlation_id.get()) is not None:
        event.setdefault("request_id", request_id)
    return event


def _dumps(event: structlog.typing.EventDict, **options: Any) -> str:
    return orjson.dumps(event, default=options.get("default")).decode()


def configure_logging(settings: Settings) -> None:
    """Send our lines and those of libraries to standard error, in the format the settings ask for."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        _request_id,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.typing.Processor = structlog.dev.ConsoleRenderer()
    if settings.log_format == "json":
        renderer = structlog.processors.JSONRenderer(serializer=_dumps)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    # One line per request is ours; uvicorn's access line would carry addresses, PgQueuer, httpx and Alembic theirs.
    for noisy in ("uvicorn.access", "httpx2", "pgqueuer", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger for events; bind ids once, pass details as keywords."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return logger
