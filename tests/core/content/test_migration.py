"""Words that items named before there were topics become topics, and items go on naming them."""

from __future__ import annotations

import json
from uuid import uuid4

import asyncpg
from alembic import command

from services.core.migrations import runner

_ORGANIZATION = """
insert into organizations (id, name, default_language, time_zone, version) values ($1, 'Lumen', 'en', 'UTC', 1)
"""
_PROGRAM = """
insert into programs (organization_id, id, version, name, state, languages, default_language, networks, disclosure)
values ($1, $2, 1, 'Pilot', 'quiet', '["en"]', 'en', '[]', '{}')
"""
_ITEM = """
insert into content_items (organization_id, id, version, program_id, title, destination_url, topics, audience, state,
                           author_key_id, written_by)
values ($1, $2, 1, $3, 'Title', 'https://lumen.example', $4, '{}', 'draft', $2, '[]')
"""


async def test_words_become_topics_of_their_organization_and_back(database_url: str) -> None:
    await runner._alembic(database_url, lambda configuration: command.downgrade(configuration, "0010"))
    ours, theirs, program = uuid4(), uuid4(), uuid4()
    connection = await asyncpg.connect(database_url)
    try:
        items = []
        for organization, topics in (
            (ours, ["Clean Energy", "clean energy", "אנרגיה נקייה"]), (ours, ["clean-energy"]), (theirs, ["Jobs"]),
            (theirs, []),
        ):  # fmt: skip
            await connection.execute(_ORGANIZATION + " on conflict do nothing", organization)
            await connection.execute(_PROGRAM + " on conflict do nothing", organization, program)
            items.append(uuid4())
            await connection.execute(_ITEM, organization, items[-1], program, json.dumps(topics))
        await runner.migrate(database_url)
        found = {
            row["id"]: json.loads(row["topics"])
            for row in await connection.fetch("select id, topics from content_items")
        }
        assert [found[item] for item in items] == [["clean-energy", "אנרגיה-נקייה"], ["clean-energy"], ["jobs"], []]
        rows = await connection.fetch("select organization_id, slug, names from topics order by slug")
        assert {(row["organization_id"], row["slug"]) for row in rows} == {
            (ours, "clean-energy"), (ours, "אנרגיה-נקייה"), (theirs, "jobs"),
        }  # fmt: skip
        assert json.loads(rows[0]["names"]) == {"en": "Clean Energy", "he": "Clean Energy"}
    finally:
        await connection.close()
    assert await runner.drift(database_url) == []
