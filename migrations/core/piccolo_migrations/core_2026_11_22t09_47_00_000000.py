"""Jobs: what administrators see of them, and what the ticker sweeps. Files: who else may read one."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.kernel.migrating import migration
from core.kernel.policies import APP, NEVER_DELETED, OWNER, RELAY, SIGNIN, Kind, Walls, walls_sql

ID = "2026-11-22T09:47:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "jobs"

HEAD = "SECURITY DEFINER SET search_path = public, pg_temp AS $$"
WAITING = "parked_at IS NULL AND attempts = 0 AND lease_until IS NULL"
RUNNING = "parked_at IS NULL AND lease_until IS NOT NULL"
RETRYING = "parked_at IS NULL AND attempts > 0 AND lease_until IS NULL"
DUE = "parked_at IS NULL AND available_at <= now()"

# The outbox has no row policies: these functions are the application's only view of it, and say the range themselves.
HEALTH = f"""
CREATE FUNCTION events_health(OUT waiting bigint, OUT running bigint, OUT retrying bigint, OUT parked bigint,
                              OUT oldest timestamptz) LANGUAGE sql STABLE {HEAD}
  SELECT count(*) FILTER (WHERE {WAITING}), count(*) FILTER (WHERE {RUNNING}), count(*) FILTER (WHERE {RETRYING}),
         count(*) FILTER (WHERE parked_at IS NOT NULL), min(available_at) FILTER (WHERE {DUE})
    FROM outbox
   WHERE done_at IS NULL
     AND region >= current_setting('app.scope', true) AND region < current_setting('app.scope_end', true) $$;

CREATE FUNCTION parked_events(p_limit integer)
RETURNS TABLE (id uuid, county text, region text, topic text, attempts integer, last_error text,
               created_at timestamptz, parked_at timestamptz) LANGUAGE sql STABLE {HEAD}
  SELECT o.id, o.county, o.region, o.topic, o.attempts, coalesce(o.last_error, ''), o.created_at, o.parked_at
    FROM outbox o
   WHERE o.parked_at IS NOT NULL AND o.done_at IS NULL
     AND o.region >= current_setting('app.scope', true) AND o.region < current_setting('app.scope_end', true)
   ORDER BY o.parked_at DESC, o.id LIMIT p_limit $$;

CREATE FUNCTION retry_parked_event(p_id uuid, p_now timestamptz)
RETURNS TABLE (county text, region text, topic text) LANGUAGE plpgsql {HEAD}
BEGIN
  RETURN QUERY
  UPDATE outbox o SET parked_at = NULL, attempts = 0, available_at = p_now
   WHERE o.id = p_id AND o.parked_at IS NOT NULL AND o.done_at IS NULL AND in_scope(o.region)
  RETURNING o.county, o.region, o.topic;
  PERFORM pg_notify('outbox', '');
END $$;

-- For the operator, who has no region: figures of each county, nothing of what was announced there.
CREATE FUNCTION platform_events_health()
RETURNS TABLE (county text, waiting bigint, running bigint, retrying bigint, parked bigint, oldest timestamptz)
LANGUAGE sql STABLE {HEAD}
  SELECT o.county, count(*) FILTER (WHERE {WAITING}), count(*) FILTER (WHERE {RUNNING}),
         count(*) FILTER (WHERE {RETRYING}), count(*) FILTER (WHERE parked_at IS NOT NULL),
         min(available_at) FILTER (WHERE {DUE})
    FROM outbox o WHERE o.done_at IS NULL GROUP BY o.county ORDER BY o.county $$;

REVOKE ALL ON FUNCTION events_health, parked_events, retry_parked_event, platform_events_health FROM PUBLIC;
GRANT EXECUTE ON FUNCTION events_health, parked_events, retry_parked_event, platform_events_health TO {APP};
GRANT DELETE ON session TO {SIGNIN};
"""

# A file is data of where it was sent up; what hangs on a task's brief is readable to whoever may read the brief.
# It stands here because the briefs come later than the files.
BRIEFS = "attached_at IS NOT NULL AND EXISTS (SELECT 1 FROM task_brief b WHERE b.id = file.subject_id)"
FILES = walls_sql("file", Walls(Kind.ADDRESSED, verbs=NEVER_DELETED, sees_also=BRIEFS))

SWEEP = f"""
CREATE FUNCTION sweep_sessions(p_before timestamptz) RETURNS bigint LANGUAGE plpgsql {HEAD}
DECLARE gone bigint;
BEGIN
  DELETE FROM session WHERE coalesce(ended_at, expires_at) < p_before;
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END $$;
REVOKE ALL ON FUNCTION sweep_sessions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sweep_sessions TO {RELAY};
"""


async def forwards() -> MigrationManager:
    return migration(ID, app="core", description=DESCRIPTION, steps=((OWNER, HEALTH), (OWNER, FILES), (SIGNIN, SWEEP)))
