"""What plugins may use of the core. It changes with docs/plugins.md; all that lies deeper may change any day."""

from core.contracts.commands import Command
from core.contracts.decisions import DecisionSubject, SubjectFound
from core.contracts.disclosure import (
    CORRECTED,
    NOTICE_ENDED,
    RELEASED,
    WANTED,
    WITHDRAWN,
    Clock,
    Collected,
    Column,
    FieldKind,
    Figure,
    Group,
    Period,
    Section,
)
from core.contracts.events import Handler, LongWork, Progress, Schedule
from core.contracts.guards import Step, TransitionGuard, ask_guards
from core.contracts.hooks import hook
from core.contracts.lifecycle import CountyDisabled, CountyEnabling, SettingsChanged
from core.contracts.manifest import Manifest, PluginState
from core.contracts.notices import NoticeText
from core.contracts.permissions import Permission
from core.contracts.personal_data import PersonalData
from core.contracts.roles import Grant, Role
from core.contracts.scoring import ScoreSource
from core.contracts.screening import (
    Candidate,
    Finding,
    Matter,
    Reason,
    ScreeningRule,
    Verdict,
    held,
    passed,
    refused,
)
from core.contracts.sealing import Sealed, SealedRow, Window, place_of
from core.contracts.settings import SettingsArea, SettingsModel, setting
from core.contracts.tables import Tables
from core.contracts.task_kinds import TaskKind
from core.contracts.translations import Translations
from core.contracts.warnings import Basis, Domain, Found, Hit, Listen, Look, Severity, WarningModel
from core.decisions.covering import needs_decision
from core.decisions.queries import Covering, decision_covering
from core.drafts.actions import drop_draft, once
from core.drafts.queries import draft_for
from core.entry_lists.actions import create_draft, edit_draft, remove_item, save_item
from core.entry_lists.enums import BEARINGS, KIND_TITLES, KINDS_OF_LEVEL, LEVEL_TITLES, Bearing
from core.entry_lists.queries import (
    Item,
    ListVersion,
    drafts_of,
    find_item,
    items_in_force,
    items_of,
    list_by_id,
    lists_in_force,
    versions_of,
)
from core.entry_lists.rules import FIELD_TITLES, difference, values_of
from core.entry_lists.screening import candidate_of, refused_as
from core.extension.queries import where_on
from core.kernel.audit import audit
from core.kernel.clock import SHANGHAI, local, period_of
from core.kernel.database import (
    ABOVE,
    execute,
    fetch,
    fetch_as,
    fetch_one,
    fetch_value,
    in_range,
    transaction,
)
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound, ProductError, filled, mark
from core.kernel.history import history_line, write_history
from core.kernel.ids import first_id_of, new_id
from core.kernel.migrating import migration
from core.kernel.numbers import KINDS as NUMBER_KINDS
from core.kernel.numbers import numbers_in, without_numbers
from core.kernel.outbox import Event, announce, cancel_timers, set_timer
from core.kernel.policies import APP, APPEND_ONLY, NEVER_DELETED, OWNER, RELAY, Kind, Walls, walls_sql
from core.kernel.scope import Scope, ancestors_of
from core.kernel.sheets import Limits, SheetRefused, read_sheet
from core.kernel.sheets_out import MEDIA_TYPES, guarded, write_sheet
from core.kernel.storage import NotStored, get_storage
from core.kernel.tables import county_column, id_column, kept_as
from core.kernel.workflow import State, Transition, Workflow
from core.notices.actions import tell
from core.people.roles import held_by, ready_roles
from core.progress.actions import start_job
from core.progress.queries import Job, job_for, jobs_of_mine
from core.scores.actions import add_line, reverse_line
from core.tasks.actions.incoming import decide_incoming
from core.tasks.actions.merging import merge_incoming, unmerge_incoming
from core.tasks.queries.incoming import one_incoming
from core.tasks.queries.merging import merged_under
from core.tasks.rules import FEWEST_RATINGS, RatedWeek, shown_ratings, week_start
from core.tenancy.calendar import WorkingHours, add_working_days, deadline, working_days_before
from core.tenancy.queries.calendar import own_days
from core.tenancy.queries.offices import Office, offices_of
from core.tenancy.settings import settings_of

__all__ = [
    "ABOVE",
    "APP",
    "APPEND_ONLY",
    "BEARINGS",
    "CORRECTED",
    "FEWEST_RATINGS",
    "FIELD_TITLES",
    "KINDS_OF_LEVEL",
    "KIND_TITLES",
    "LEVEL_TITLES",
    "MEDIA_TYPES",
    "NEVER_DELETED",
    "NOTICE_ENDED",
    "NUMBER_KINDS",
    "OWNER",
    "RELAY",
    "RELEASED",
    "SHANGHAI",
    "WANTED",
    "WITHDRAWN",
    "Basis",
    "Bearing",
    "Candidate",
    "Clock",
    "Collected",
    "Column",
    "Command",
    "Conflict",
    "CountyDisabled",
    "CountyEnabling",
    "Covering",
    "DecisionSubject",
    "Domain",
    "Event",
    "FieldKind",
    "Figure",
    "Finding",
    "Forbidden",
    "Found",
    "Grant",
    "Group",
    "Handler",
    "Hit",
    "Invalid",
    "Item",
    "Job",
    "Kind",
    "Limits",
    "ListVersion",
    "Listen",
    "LongWork",
    "Look",
    "Manifest",
    "Matter",
    "NotFound",
    "NotStored",
    "NoticeText",
    "Office",
    "Period",
    "Permission",
    "PersonalData",
    "PluginState",
    "ProductError",
    "Progress",
    "RatedWeek",
    "Reason",
    "Role",
    "Schedule",
    "Scope",
    "ScoreSource",
    "ScreeningRule",
    "Sealed",
    "SealedRow",
    "Section",
    "SettingsArea",
    "SettingsChanged",
    "SettingsModel",
    "Severity",
    "SheetRefused",
    "State",
    "Step",
    "SubjectFound",
    "Tables",
    "TaskKind",
    "Transition",
    "TransitionGuard",
    "Translations",
    "Verdict",
    "Walls",
    "WarningModel",
    "Window",
    "Workflow",
    "WorkingHours",
    "add_line",
    "add_working_days",
    "ancestors_of",
    "announce",
    "ask_guards",
    "audit",
    "cancel_timers",
    "candidate_of",
    "county_column",
    "create_draft",
    "deadline",
    "decide_incoming",
    "decision_covering",
    "difference",
    "draft_for",
    "drafts_of",
    "drop_draft",
    "edit_draft",
    "execute",
    "fetch",
    "fetch_as",
    "fetch_one",
    "fetch_value",
    "filled",
    "find_item",
    "first_id_of",
    "get_storage",
    "guarded",
    "held",
    "held_by",
    "history_line",
    "hook",
    "id_column",
    "in_range",
    "items_in_force",
    "items_of",
    "job_for",
    "jobs_of_mine",
    "kept_as",
    "list_by_id",
    "lists_in_force",
    "local",
    "mark",
    "merge_incoming",
    "merged_under",
    "migration",
    "needs_decision",
    "new_id",
    "numbers_in",
    "offices_of",
    "once",
    "one_incoming",
    "own_days",
    "passed",
    "period_of",
    "place_of",
    "read_sheet",
    "ready_roles",
    "refused",
    "refused_as",
    "remove_item",
    "reverse_line",
    "save_item",
    "set_timer",
    "setting",
    "settings_of",
    "shown_ratings",
    "start_job",
    "tell",
    "transaction",
    "unmerge_incoming",
    "values_of",
    "versions_of",
    "walls_sql",
    "week_start",
    "where_on",
    "without_numbers",
    "working_days_before",
    "write_history",
    "write_sheet",
]
