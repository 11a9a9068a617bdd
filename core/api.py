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
from core.entry_lists.queries import Item, items_in_force
from core.entry_lists.screening import finding_for, near_forbidden, nearest_forbidden
from core.extension.queries import where_on
from core.kernel.audit import audit
from core.kernel.clock import local, period_of
from core.kernel.database import execute, fetch, fetch_as, fetch_one, fetch_value, in_range, transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound, ProductError, mark
from core.kernel.ids import new_id
from core.kernel.migrating import migration
from core.kernel.outbox import Event, announce, cancel_timers, set_timer
from core.kernel.policies import APP, APPEND_ONLY, NEVER_DELETED, OWNER, RELAY, Kind, Walls, walls_sql
from core.kernel.scope import Scope
from core.kernel.tables import county_column, id_column, kept_as
from core.kernel.workflow import State, Transition, Workflow
from core.notices.actions import tell
from core.progress.actions import start_job
from core.scores.actions import add_line, reverse_line
from core.tasks.queries.incoming import one_incoming
from core.tenancy.calendar import WorkingHours, deadline
from core.tenancy.queries.calendar import own_days
from core.tenancy.settings import settings_of

__all__ = [
    "APP",
    "APPEND_ONLY",
    "CORRECTED",
    "NEVER_DELETED",
    "NOTICE_ENDED",
    "OWNER",
    "RELAY",
    "RELEASED",
    "WANTED",
    "WITHDRAWN",
    "Basis",
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
    "Kind",
    "Listen",
    "LongWork",
    "Look",
    "Manifest",
    "Matter",
    "NotFound",
    "Period",
    "Permission",
    "PersonalData",
    "PluginState",
    "ProductError",
    "Progress",
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
    "announce",
    "ask_guards",
    "audit",
    "cancel_timers",
    "county_column",
    "deadline",
    "decision_covering",
    "execute",
    "fetch",
    "fetch_as",
    "fetch_one",
    "fetch_value",
    "finding_for",
    "held",
    "hook",
    "id_column",
    "in_range",
    "items_in_force",
    "kept_as",
    "local",
    "mark",
    "migration",
    "near_forbidden",
    "nearest_forbidden",
    "needs_decision",
    "new_id",
    "one_incoming",
    "own_days",
    "passed",
    "period_of",
    "place_of",
    "refused",
    "reverse_line",
    "set_timer",
    "setting",
    "settings_of",
    "start_job",
    "tell",
    "transaction",
    "walls_sql",
    "where_on",
]
