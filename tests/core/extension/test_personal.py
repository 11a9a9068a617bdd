"""Personal data of plugins: a person's rights stay when the plugin is off, and end at the county's border."""

from datetime import UTC, datetime

import asyncpg
import pytest

from core.extension.personal import erase_person, export_person
from core.kernel.errors import NotFound
from core.kernel.ids import new_id
from core.kernel.scope import system_scope
from tests.core.people.world import NAN, ZHU, add_person

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


async def test_personal_data_is_given_and_erased_although_the_plugin_is_off(
    admin: asyncpg.Connection,
) -> None:
    person = (await add_person(admin, None, region=NAN, role="county_inspector", phone="13900000001")).person
    await admin.execute("UPDATE membership SET valid_to = now()")
    await admin.execute(
        "INSERT INTO sample.note VALUES ($1, $2, $1, '王奶奶家', $3, $4, '王')", NAN, new_id(), NOW, person
    )
    found = await export_person(system_scope(NAN), person=person, now=NOW)
    assert found["走访手记"] == [{"text": "王奶奶家", "at": NOW}]
    with pytest.raises(NotFound):
        await export_person(system_scope(ZHU), person=person, now=NOW)
    assert (await erase_person(system_scope(NAN), person=person, now=NOW))["走访手记"] == 1
    kept = await admin.fetchrow("SELECT text, by_name, person FROM sample.note")
    assert tuple(kept) == ("王奶奶家", "", None)
    done = await admin.fetch("SELECT action, subject_id FROM audit_line WHERE county = $1 ORDER BY id", NAN)
    assert [tuple(row) for row in done] == [("person.exported", person), ("person.erased", person)]
