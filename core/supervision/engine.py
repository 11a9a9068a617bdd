"""Running models: hits become warnings by their key; what is no longer hit has ended. Looking twice changes nothing.

The incremental run and the nightly run are this one function, over one subject or a small range and over a large one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import msgspec

from core.contracts.warnings import LOOK, RAISED, Basis, Found, Hit, Look, NoParameters, WarningModel
from core.datasets.actions import note_comparison
from core.kernel.database import bulk, execute, fetch, fetch_one, fetch_value
from core.kernel.history import history_line, write_history
from core.kernel.ids import new_id
from core.kernel.outbox import announce_each, cancel_timers, set_timer
from core.kernel.scope import Scope
from core.supervision.enums import OPEN, Happened, WarningState
from core.supervision.rules import SupervisionSettings, checked_hits, due_in, worse
from core.supervision.workflows import WARNING
from core.tenancy.settings import effective, settings_of

# How far back a model looks for what happened; what is open is found however old it is.
REACH: Final = timedelta(days=366)
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended($3, 0)) WHERE $1 < $2"
_STORED: Final = """
SELECT w.id, w.county, w.region, w.key, w.state, w.severity, w.title, w.text, w.data, w.basis, w.amount, w.gone_at FROM warning w
WHERE w.region >= $1 AND w.region < $2 AND w.county = $3 AND w.model = $4 AND w.region >= $5 AND w.region < $5 || ':'
  AND w.gone_at IS NULL AND w.state NOT IN ('closed', 'ended')
UNION ALL
SELECT w.id, w.county, w.region, w.key, w.state, w.severity, w.title, w.text, w.data, w.basis, w.amount, w.gone_at FROM warning w
WHERE w.region >= $1 AND w.region < $2 AND w.county = $3 AND w.model = $4 AND w.key = ANY ($6)
  AND (w.gone_at IS NOT NULL OR w.state = 'closed' OR NOT (w.region >= $5 AND w.region < $5 || ':'))
"""
# The same of one subject: nothing is read but what carries its keys.
_STORED_OF: Final = """
SELECT w.id, w.county, w.region, w.key, w.state, w.severity, w.title, w.text, w.data, w.basis, w.amount, w.gone_at FROM warning w
WHERE w.region >= $1 AND w.region < $2 AND w.county = $3 AND w.model = $4 AND w.key = ANY ($5)
"""
# However many there are, they are raised in five statements.
_RAISE: Final = """
INSERT INTO warning (county, id, region, place_name, model, key, domain, severity, title, text, data, basis, amount, since, state,
                     due_at, raised_at, changed_at)
SELECT $3, h.id, r.code, r.shown_name, $4, h.key, $5, h.severity, h.title, h.text, h.data::jsonb, h.basis::jsonb, h.amount, h.since, $6, $7, $8, $8
FROM unnest($9::uuid[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::numeric[],
            $18::timestamptz[]) AS h (id, region, key, severity, title, text, data, basis, amount, since)
JOIN region r ON r.code = h.region
WHERE h.region >= $1 AND h.region < $2 ON CONFLICT (county, model, key) DO NOTHING RETURNING id, key
"""
_CONCERN: Final = """
INSERT INTO warning_concern (county, id, region, warning_id, person_id, name)
SELECT DISTINCT ON (h.warning_id, m.person_id) $3, gen_random_uuid(), h.region, h.warning_id, m.person_id, m.person_name
FROM unnest($4::uuid[], $5::text[], $6::uuid[]) AS h (warning_id, region, person_id)
JOIN membership m ON m.region >= $1 AND m.region < $2 AND m.county = $3 AND m.person_id = h.person_id
WHERE h.region >= $1 AND h.region < $2
ORDER BY h.warning_id, m.person_id, m.valid_from DESC
ON CONFLICT (county, warning_id, person_id) DO NOTHING
"""
_BEGIN: Final = """
INSERT INTO warning_event (county, id, region, warning_id, at, kind, text, membership, by_name, by_office, data)
SELECT $3, h.id, h.region, h.warning_id, $4, $5, '', $6, $7, $8, h.data
FROM unnest($9::uuid[], $10::text[], $11::uuid[], $12::jsonb[]) AS h (id, region, warning_id, data)
WHERE h.region >= $1 AND h.region < $2
"""
_REFRESH: Final = """
UPDATE warning SET severity = $4, title = $5, text = $6, data = $7, basis = $8, amount = $9, gone_at = NULL, state = $10, due_at = coalesce($11, due_at),
       changed_at = $12
WHERE region >= $1 AND region < $2 AND id = $3
"""
_GONE: Final = """
UPDATE warning SET gone_at = $4, state = $5, due_at = CASE WHEN $5 = 'ended' THEN NULL ELSE due_at END, changed_at = $4
WHERE region >= $1 AND region < $2 AND id = $3 AND gone_at IS NULL
"""
# What somebody does with a warning at the same time comes first; what he made of it is what the look goes on from.
_LOCKED: Final = """
SELECT w.id, w.county, w.region, w.key, w.state, w.severity, w.title, w.text, w.data, w.basis, w.amount, w.gone_at FROM warning w
WHERE w.region >= $1 AND w.region < $2 AND w.id = $3 FOR UPDATE
"""
_EVENT: Final = history_line("warning_event", "warning_id")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run changed."""

    hits: int = 0
    raised: int = 0
    refreshed: int = 0
    ended: int = 0


async def look(
    scope: Scope, model: WarningModel, *, region: str, now: datetime, alarm: bool = False, subject: str = ""
) -> Outcome:
    """Look at a range, or at one subject in it, with one model, in the open transaction of a system scope that covers it.

    With ``alarm`` the model is asked again when it said that time alone may change something.
    """
    await fetch_value(scope, _LOCK, f"warning:{scope.county}:{model.name}")
    found = await evaluate(scope, model, region=region, now=now, subject=subject)
    hits = checked_hits(model, region, found.hits)
    rule = await settings_of(scope, SupervisionSettings, at=now)
    stored = await _stored(scope, model, region, hits, found.looked if subject else None)
    raised = await _raise(scope, model, [hit for key, hit in hits.items() if key not in stored], rule, now)
    refreshed = ended = 0
    for key, row in stored.items():
        if key in hits:
            refreshed += await _refresh(scope, row, hits[key], rule, now)
    for key, row in stored.items():
        if key not in hits and row["gone_at"] is None:
            ended += await _end(scope, row, now)
    if alarm:
        await _set_alarm(scope, model, region, subject, found.again_at)
    if model.compares:
        await note_comparison(scope, kinds=model.compares, model=model.title, hits=len(hits), now=now)
    return Outcome(len(hits), raised, refreshed, ended)


async def _stored(
    scope: Scope, model: WarningModel, region: str, hits: Mapping[str, Hit], looked: frozenset[str] | None
) -> dict[str, Any]:
    """Give the warnings that a look may change, by key: all that stand in the range, or those of one subject."""
    if looked is None:
        rows = await fetch(scope, _STORED, scope.county, model.name, region, list(hits))
    else:
        rows = await fetch(scope, _STORED_OF, scope.county, model.name, sorted(looked | hits.keys()))
    return {row["key"]: row for row in rows}


async def evaluate(scope: Scope, model: WarningModel, *, region: str, now: datetime, subject: str = "") -> Found:
    """Ask a model with the parameters in force."""
    rule: Any = NoParameters()
    if model.area is not None:
        rule = await effective(scope, model.area, at=now, region=scope.region)
    return await model.evaluate(scope, Look(region, scope.county, now - REACH, now, rule, subject))


async def _raise(scope: Scope, model: WarningModel, hits: Sequence[Hit], rule: SupervisionSettings, now: datetime) -> int:
    """Raise what is new, tell whom it is about, begin its history and announce it. Gives how many there were."""
    if not hits:
        return 0
    lines = [
        (
            new_id(), hit.region, hit.key, str(hit.severity), hit.title, hit.text, _json(dict(hit.data)),
            _json(basis_of(hit.basis)), hit.amount, hit.since,
        )
        for hit in hits
    ]  # fmt: skip
    made = await fetch(
        scope, _RAISE, scope.county, model.name, str(model.domain), WARNING.start, due_in(WARNING.start, rule, now), now, *bulk(lines, 10),
    )  # fmt: skip
    by_key = {hit.key: hit for hit in hits}
    raised = [(row["id"], by_key[row["key"]]) for row in made]
    concerned = [(warning, hit.region, person) for warning, hit in raised for person in hit.concerns]
    if concerned:
        await execute(scope, _CONCERN, scope.county, *bulk(concerned, 3))
    history = [(new_id(), hit.region, warning, {"severity": str(hit.severity)}) for warning, hit in raised]
    await execute(
        scope, _BEGIN, scope.county, now, str(Happened.RAISED), scope.membership, scope.by_name, scope.by_office, *bulk(history, 4)
    )
    told = [
        (hit.region, {"warning": str(warning), "model": model.name, "key": hit.key, "severity": str(hit.severity)})
        for warning, hit in raised
    ]
    await announce_each(scope, RAISED, told, now=now, county=scope.county)
    return len(raised)


def _json(value: Any) -> str:
    """Write it as text: a list inside an array would be taken for one dimension more."""
    return msgspec.json.encode(value).decode()


def basis_of(basis: tuple[Basis, ...]) -> list[dict[str, Any]]:
    """Give the rows a warning rests on as they are stored."""
    return [
        {
            "kind": each.kind, "title": each.title, "link": each.link, "at": each.at.isoformat() if each.at else None,
            "id": str(each.id) if each.id else None, "dataset": str(each.dataset) if each.dataset else None,
        }
        for each in basis
    ]  # fmt: skip


async def _refresh(scope: Scope, row: Any, hit: Hit, rule: SupervisionSettings, now: datetime) -> int:
    """Keep a warning as its model sees it now. What is closed or verified stays as it was judged."""
    if _seen_anew(row, hit) is None:
        return 0
    row = await fetch_one(scope, _LOCKED, row["id"])
    seen = _seen_anew(row, hit)
    if seen is None:
        return 0
    state, due = row["state"], None
    if state == WarningState.ENDED:
        state = WARNING.target_of("reappear", state)
        due = due_in(state, rule, now)
    await execute(scope, _REFRESH, row["id"], *seen, state, due, now)
    if row["gone_at"] is not None:
        await remember(scope, row, Happened.BACK, now=now)
    elif seen[0] != row["severity"]:
        await remember(scope, row, Happened.WORSE, now=now, data={"severity": seen[0]})
    return 1


def _seen_anew(row: Any, hit: Hit) -> tuple[Any, ...] | None:
    """Give what the model sees of a warning now; None where that changes nothing, or nothing of it may change any more."""
    if row["state"] in {WarningState.CLOSED, WarningState.VERIFIED}:
        return None
    severity = str(hit.severity) if worse(row["severity"], str(hit.severity)) else row["severity"]
    seen = (severity, hit.title, hit.text, dict(hit.data), basis_of(hit.basis), hit.amount)
    same = seen == (row["severity"], row["title"], row["text"], row["data"], row["basis"], row["amount"])
    return None if same and row["gone_at"] is None else seen


async def _end(scope: Scope, row: Any, now: datetime) -> int:
    """Note that the model sees it no more. Only what nobody took yet ends by that, and red never does."""
    row = await fetch_one(scope, _LOCKED, row["id"])
    if row["state"] == WarningState.CLOSED:
        return 0
    ends = row["state"] == WarningState.RAISED and row["severity"] != "red"
    state = WARNING.target_of("end", row["state"]) if ends else row["state"]
    done = await execute(scope, _GONE, row["id"], now, state)
    if done:
        await remember(scope, row, Happened.GONE, now=now)
    return done


async def _set_alarm(scope: Scope, model: WarningModel, region: str, subject: str, at: datetime | None) -> None:
    alarm = uuid5(NAMESPACE_URL, f"warning:{model.name}:{region}:{subject}")
    await cancel_timers(scope, subject=alarm, topic=LOOK, county=scope.county)
    if at is not None:
        payload = {"model": model.name, "subject": subject}
        await set_timer(scope, LOOK, subject=alarm, due_at=at, payload=payload, region=region, county=scope.county)


async def remember(
    scope: Scope, row: Any, kind: str, *, now: datetime, text: str = "", data: dict[str, Any] | None = None
) -> None:
    """Add a line to a warning's history."""
    await write_history(scope, _EVENT, row, kind, now=now, text=text, data=data)


def is_open(state: str) -> bool:
    """Whether somebody still has to do something."""
    return state in OPEN
