"""Entry lists, scores, tasks, saved views."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.kernel.migrating import migration
from core.kernel.policies import ABOVE, APPEND_ONLY, NEVER_DELETED, OWNER, RANGE, Kind, Walls, walls_sql

ID = "2026-11-22T09:20:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "entry lists, scores, tasks"

LISTS = f"""
CREATE TABLE entry_list (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  level text NOT NULL, title text NOT NULL, version integer NOT NULL, state text NOT NULL, special boolean NOT NULL DEFAULT false,
  base_id uuid, document text NOT NULL DEFAULT '', note text NOT NULL DEFAULT '', valid_from date, valid_to date,
  created_at timestamptz NOT NULL, by_name text NOT NULL, published_at timestamptz, published_by_name text NOT NULL DEFAULT '',
  publish_reason text NOT NULL DEFAULT '', superseded_at timestamptz,
  PRIMARY KEY (county, id), UNIQUE (county, region, level, special, version));
CREATE INDEX entry_list_id ON entry_list (id);
CREATE INDEX entry_list_region ON entry_list (region, state);
CREATE UNIQUE INDEX entry_list_one_in_force ON entry_list (county, region, level, special) WHERE state = 'published';
CREATE UNIQUE INDEX entry_list_one_draft ON entry_list (county, region, level, special) WHERE state = 'draft';
{walls_sql("entry_list", Walls(Kind.CONFIGURATION))}

CREATE TABLE entry_item (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  list_id uuid NOT NULL, position integer NOT NULL, code text COLLATE "C" NOT NULL, title text NOT NULL, kind text NOT NULL,
  category text NOT NULL DEFAULT '', department text NOT NULL DEFAULT '', legal_basis text NOT NULL DEFAULT '',
  conditions text NOT NULL DEFAULT '', funding text NOT NULL DEFAULT '', valid_from date, valid_to date,
  points numeric(6,2) NOT NULL DEFAULT 1, evidence jsonb NOT NULL DEFAULT '{{}}', aliases text[] NOT NULL DEFAULT '{{}}',
  PRIMARY KEY (county, id), UNIQUE (county, list_id, code),
  FOREIGN KEY (county, list_id) REFERENCES entry_list (county, id) ON DELETE CASCADE);
CREATE INDEX entry_item_id ON entry_item (id);
CREATE INDEX entry_item_region ON entry_item (region);
{walls_sql("entry_item", Walls(Kind.CONFIGURATION))}
"""

TASKS = f"""
CREATE TABLE incoming_task (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  office_id uuid, sender_name text NOT NULL, number text NOT NULL DEFAULT '', title text NOT NULL, body text NOT NULL,
  level text NOT NULL, emergency boolean NOT NULL DEFAULT false, emergency_reason text NOT NULL DEFAULT '',
  due_at timestamptz, state text NOT NULL, verdict text NOT NULL DEFAULT '', item_id uuid, item_code text NOT NULL DEFAULT '',
  item_title text NOT NULL DEFAULT '', findings jsonb NOT NULL DEFAULT '[]', decided_reason text NOT NULL DEFAULT '',
  decided_by_name text NOT NULL DEFAULT '', decided_at timestamptz, created_at timestamptz NOT NULL, membership uuid, by_name text NOT NULL,
  screened_at timestamptz, task_id uuid, assignment_id uuid,
  merged_into uuid, merged_from_state text NOT NULL DEFAULT '', merged_reason text NOT NULL DEFAULT '',
  merged_by_name text NOT NULL DEFAULT '', merged_at timestamptz, replaces uuid,
  PRIMARY KEY (county, id), FOREIGN KEY (county, merged_into) REFERENCES incoming_task (county, id),
  FOREIGN KEY (county, replaces) REFERENCES incoming_task (county, id),
  CHECK ((state = 'merged') <= (merged_into IS NOT NULL)), CHECK (merged_into <> id),
  FOREIGN KEY (county, office_id) REFERENCES office (county, id));
CREATE INDEX incoming_task_id ON incoming_task (id);
CREATE INDEX incoming_task_region ON incoming_task (region, state, created_at);
CREATE INDEX incoming_task_merged ON incoming_task (county, merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX incoming_task_replaces ON incoming_task (county, replaces) WHERE replaces IS NOT NULL;
CREATE INDEX incoming_task_sent ON incoming_task (county, task_id) WHERE task_id IS NOT NULL;
CREATE INDEX incoming_task_split ON incoming_task (county, assignment_id) WHERE assignment_id IS NOT NULL;
{walls_sql("incoming_task", Walls(Kind.DATA, verbs=NEVER_DELETED))}

CREATE TABLE task (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  office_id uuid, sender_name text NOT NULL, incoming_id uuid, parent_id uuid, brief_id uuid NOT NULL,
  title text NOT NULL, item_id uuid, item_code text NOT NULL DEFAULT '', item_title text NOT NULL DEFAULT '',
  category text NOT NULL DEFAULT '', level text NOT NULL, mode text NOT NULL, places integer NOT NULL DEFAULT 0,
  points numeric(6,2) NOT NULL, item_points numeric(6,2), points_reason text NOT NULL DEFAULT '',
  due_at timestamptz NOT NULL, evidence jsonb NOT NULL, state text NOT NULL, emergency boolean NOT NULL DEFAULT false,
  receivers integer NOT NULL DEFAULT 0, finished integer NOT NULL DEFAULT 0, escalated_at timestamptz,
  membership uuid, by_name text NOT NULL, created_at timestamptz NOT NULL, ended_at timestamptz, end_reason text NOT NULL DEFAULT '',
  PRIMARY KEY (county, id),
  FOREIGN KEY (county, office_id) REFERENCES office (county, id));
CREATE INDEX task_id ON task (id);
CREATE INDEX task_region ON task (region, state, due_at);
{walls_sql("task", Walls(Kind.DATA, verbs=NEVER_DELETED))}

-- The receiver's share. It belongs to the receiver; what lists show is copied in, so that a list reads one table.
CREATE TABLE assignment (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  office_id uuid, task_id uuid NOT NULL, brief_id uuid NOT NULL, place_id uuid, sender_region text COLLATE "C" NOT NULL,
  sender_office_id uuid, sender_name text NOT NULL, receiver_name text NOT NULL,
  title text NOT NULL, item_code text NOT NULL DEFAULT '', category text NOT NULL DEFAULT '',
  points numeric(6,2) NOT NULL, due_at timestamptz NOT NULL, evidence jsonb NOT NULL, state text NOT NULL,
  emergency boolean NOT NULL DEFAULT false,
  allocated_membership uuid, allocated_grid uuid, allocated_name text NOT NULL DEFAULT '',
  acknowledged_at timestamptz, acknowledged_by_name text NOT NULL DEFAULT '', submitted_at timestamptz, returned_at timestamptz,
  return_reason text NOT NULL DEFAULT '', overdue_at timestamptz, escalated_at timestamptz, reminders integer NOT NULL DEFAULT 0,
  closed_at timestamptz, quality text NOT NULL DEFAULT '', timeliness numeric(6,3), score numeric(8,2), rated_at timestamptz,
  parts integer NOT NULL DEFAULT 0, parts_done integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL, changed_at timestamptz NOT NULL,
  came_from text COLLATE "C" NOT NULL DEFAULT '', -- the region it was sent to, where that was merged into another
  PRIMARY KEY (county, id),
  FOREIGN KEY (county, office_id) REFERENCES office (county, id));
CREATE INDEX assignment_id ON assignment (id);
CREATE INDEX assignment_region ON assignment (region, state, due_at);
-- The order of the lists: open ones by due time, then those closed last. A page of a village reads a page of the index.
CREATE INDEX assignment_listed ON assignment (region, closed_at DESC NULLS FIRST, due_at, id);
CREATE INDEX assignment_task ON assignment (task_id);
CREATE INDEX assignment_brief ON assignment (brief_id);
CREATE UNIQUE INDEX assignment_once ON assignment (county, task_id, region, office_id, came_from) NULLS NOT DISTINCT;
{walls_sql("assignment", Walls(Kind.ADDRESSED, verbs=NEVER_DELETED))}

-- The shares from above that a task is a part of: one, or several where it was made of merged matters.
CREATE TABLE task_parent (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  task_id uuid NOT NULL, assignment_id uuid NOT NULL,
  PRIMARY KEY (county, id), UNIQUE (county, task_id, assignment_id),
  FOREIGN KEY (county, task_id) REFERENCES task (county, id),
  FOREIGN KEY (county, assignment_id) REFERENCES assignment (county, id));
CREATE INDEX task_parent_id ON task_parent (id);
CREATE INDEX task_parent_region ON task_parent (region);
CREATE INDEX task_parent_share ON task_parent (county, assignment_id);
{walls_sql("task_parent", Walls(Kind.DATA, verbs=NEVER_DELETED))}

CREATE TABLE place (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  task_id uuid NOT NULL, brief_id uuid NOT NULL, n integer NOT NULL, title text NOT NULL, category text NOT NULL DEFAULT '',
  item_code text NOT NULL DEFAULT '', evidence jsonb NOT NULL, emergency boolean NOT NULL DEFAULT false,
  points numeric(6,2) NOT NULL, due_at timestamptz NOT NULL, sender_office_id uuid, sender_name text NOT NULL,
  taken_by text COLLATE "C", taken_by_name text NOT NULL DEFAULT '', taken_at timestamptz, withdrawn_at timestamptz,
  PRIMARY KEY (county, id), UNIQUE (county, task_id, n));
CREATE INDEX place_id ON place (id);
CREATE INDEX place_region ON place (region, due_at);
CREATE UNIQUE INDEX place_one_each ON place (county, task_id, taken_by);
CREATE INDEX place_brief ON place (brief_id);
{walls_sql("place", Walls(
    Kind.ADDRESSED,
    verbs=NEVER_DELETED,
    sees_also=ABOVE,
    may_also=(
        f"taken_by IS NULL AND withdrawn_at IS NULL AND {ABOVE}",
        f"taken_by = current_setting('app.scope', true) AND {ABOVE}",
    ),
))}

CREATE TABLE task_brief (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  body text NOT NULL, legal_basis text NOT NULL DEFAULT '', conditions text NOT NULL DEFAULT '', funding text NOT NULL DEFAULT '',
  list_title text NOT NULL DEFAULT '', item_title text NOT NULL DEFAULT '', rule jsonb NOT NULL DEFAULT '{{}}',
  form jsonb NOT NULL DEFAULT '[]', asked_by jsonb NOT NULL DEFAULT '[]',
  created_at timestamptz NOT NULL, changed_at timestamptz NOT NULL,
  PRIMARY KEY (county, id));
CREATE INDEX task_brief_id ON task_brief (id);
CREATE INDEX task_brief_region ON task_brief (region);
{walls_sql("task_brief", Walls(
    Kind.ADDRESSED,
    verbs=NEVER_DELETED,
    sees_also=f"EXISTS (SELECT 1 FROM assignment a WHERE a.brief_id = task_brief.id AND a.{RANGE.replace('AND region', 'AND a.region')})"
              f" OR EXISTS (SELECT 1 FROM place p WHERE p.brief_id = task_brief.id AND p.{ABOVE})",
))}

CREATE TABLE assignment_event (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  assignment_id uuid NOT NULL, at timestamptz NOT NULL, kind text NOT NULL, text text NOT NULL DEFAULT '',
  membership uuid, by_name text NOT NULL, by_office text NOT NULL DEFAULT '', data jsonb NOT NULL DEFAULT '{{}}',
  PRIMARY KEY (county, id),
  FOREIGN KEY (county, assignment_id) REFERENCES assignment (county, id));
CREATE INDEX assignment_event_id ON assignment_event (id);
CREATE INDEX assignment_event_region ON assignment_event (region);
CREATE INDEX assignment_event_of ON assignment_event (county, assignment_id, at);
{walls_sql("assignment_event", Walls(Kind.DATA, verbs=NEVER_DELETED))}

CREATE TABLE submission (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  assignment_id uuid NOT NULL, n integer NOT NULL, text text NOT NULL, at timestamptz NOT NULL, membership uuid,
  by_name text NOT NULL, state text NOT NULL, files uuid[] NOT NULL DEFAULT '{{}}',
  answers jsonb NOT NULL DEFAULT '[]',
  PRIMARY KEY (county, id), UNIQUE (county, assignment_id, n),
  FOREIGN KEY (county, assignment_id) REFERENCES assignment (county, id));
CREATE INDEX submission_id ON submission (id);
CREATE INDEX submission_region ON submission (region);
-- What was answered before is looked for among the few submissions that answered a form.
CREATE INDEX submission_answered ON submission (region, at) WHERE answers <> '[]';
{walls_sql("submission", Walls(Kind.DATA, verbs=NEVER_DELETED))}

CREATE TABLE task_rating (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  assignment_id uuid NOT NULL, clarity smallint NOT NULL, time_given smallint NOT NULL, need smallint NOT NULL,
  burden_hours numeric(6,1) NOT NULL DEFAULT 0, comment text NOT NULL DEFAULT '', at timestamptz NOT NULL,
  membership uuid, by_name text NOT NULL,
  PRIMARY KEY (county, id), UNIQUE (county, assignment_id),
  FOREIGN KEY (county, assignment_id) REFERENCES assignment (county, id));
CREATE INDEX task_rating_id ON task_rating (id);
CREATE INDEX task_rating_region ON task_rating (region);
{walls_sql("task_rating", Walls(Kind.DATA, verbs=NEVER_DELETED))}

CREATE TABLE saved_view (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  membership_id uuid NOT NULL, page text NOT NULL, name text NOT NULL, query text NOT NULL, created_at timestamptz NOT NULL,
  PRIMARY KEY (county, id), UNIQUE (county, membership_id, page, name));
CREATE INDEX saved_view_id ON saved_view (id);
CREATE INDEX saved_view_region ON saved_view (region);
{walls_sql("saved_view", Walls(Kind.DATA))}
"""

SCORES = f"""
CREATE TABLE ledger_line (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  period text COLLATE "C" NOT NULL, source text NOT NULL, subject_id uuid NOT NULL, points numeric(8,2) NOT NULL,
  reverses uuid, reason text NOT NULL DEFAULT '', rule jsonb NOT NULL DEFAULT '{{}}', title text NOT NULL,
  membership uuid, by_name text NOT NULL, at timestamptz NOT NULL,
  PRIMARY KEY (county, id), UNIQUE (county, reverses),
  FOREIGN KEY (county, reverses) REFERENCES ledger_line (county, id));
CREATE INDEX ledger_line_id ON ledger_line (id);
CREATE INDEX ledger_line_region ON ledger_line (region, period);
CREATE INDEX ledger_line_subject ON ledger_line (county, subject_id);
{walls_sql("ledger_line", Walls(Kind.DATA, verbs=APPEND_ONLY))}

CREATE TABLE score_total (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  period text COLLATE "C" NOT NULL, points numeric(10,2) NOT NULL, lines integer NOT NULL, changed_at timestamptz NOT NULL,
  PRIMARY KEY (county, id), UNIQUE (county, region, period));
CREATE INDEX score_total_id ON score_total (id);
CREATE INDEX score_total_region ON score_total (region, period);
{walls_sql("score_total", Walls(Kind.DATA, verbs=NEVER_DELETED))}
"""


async def forwards() -> MigrationManager:
    steps = ((OWNER, LISTS), (OWNER, TASKS), (OWNER, SCORES))
    return migration(ID, app="core", description=DESCRIPTION, steps=steps)
