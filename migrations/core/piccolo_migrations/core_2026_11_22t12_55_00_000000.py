"""Rectification campaigns: what a township or county has put right in many villages, and each village's share."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.kernel.migrating import migration
from core.kernel.policies import APPEND_ONLY, NEVER_DELETED, OWNER, Kind, Walls, walls_sql

ID = "2026-11-22T12:55:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "campaigns"

TABLES = f"""
CREATE TABLE campaign (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL, place_name text NOT NULL,
  title text NOT NULL, text text NOT NULL, domain text COLLATE "C" NOT NULL, model text COLLATE "C" NOT NULL DEFAULT '',
  due_at timestamptz NOT NULL, state text COLLATE "C" NOT NULL, outcome text NOT NULL DEFAULT '', rule_change text NOT NULL DEFAULT '',
  opened_at timestamptz NOT NULL, membership uuid, by_name text NOT NULL, by_office text NOT NULL DEFAULT '',
  closed_at timestamptz, closed_name text NOT NULL DEFAULT '', changed_at timestamptz NOT NULL,
  PRIMARY KEY (county, id));
CREATE INDEX campaign_id ON campaign (id);
CREATE INDEX campaign_region ON campaign (region, opened_at DESC);
{walls_sql("campaign", Walls(Kind.DATA, verbs=NEVER_DELETED))}

CREATE TABLE campaign_share (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL, place_name text NOT NULL,
  campaign_id uuid NOT NULL, sender text NOT NULL, title text NOT NULL, text text NOT NULL, due_at timestamptz NOT NULL,
  state text COLLATE "C" NOT NULL, report text NOT NULL DEFAULT '', found integer, fixed integer, recovered numeric(14, 2),
  reported_at timestamptz, reported_by uuid, reported_name text NOT NULL DEFAULT '', checked_at timestamptz,
  checked_name text NOT NULL DEFAULT '', reason text NOT NULL DEFAULT '', changed_at timestamptz NOT NULL,
  PRIMARY KEY (county, id),
  FOREIGN KEY (county, campaign_id) REFERENCES campaign (county, id));
CREATE INDEX campaign_share_id ON campaign_share (id);
CREATE INDEX campaign_share_region ON campaign_share (region, state);
CREATE INDEX campaign_share_campaign ON campaign_share (county, campaign_id);
{walls_sql("campaign_share", Walls(Kind.DATA, verbs=NEVER_DELETED))}

CREATE TABLE campaign_event (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  subject_id uuid NOT NULL, at timestamptz NOT NULL, kind text NOT NULL, text text NOT NULL DEFAULT '',
  membership uuid, by_name text NOT NULL, by_office text NOT NULL DEFAULT '', data jsonb NOT NULL DEFAULT '{{}}',
  PRIMARY KEY (county, id));
CREATE INDEX campaign_event_id ON campaign_event (id);
CREATE INDEX campaign_event_subject ON campaign_event (county, subject_id, at);
CREATE INDEX campaign_event_region ON campaign_event (region);
{walls_sql("campaign_event", Walls(Kind.DATA, verbs=APPEND_ONLY))}
"""


async def forwards() -> MigrationManager:
    return migration(ID, app="core", description=DESCRIPTION, steps=((OWNER, TABLES),))
