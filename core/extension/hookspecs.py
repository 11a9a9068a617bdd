"""The hooks of core. Each is called once at boot and gives frozen objects.

Packages of core and plugins implement them alike, in their ``hooks.py``. Hooks about pages stand in
``web.extension``; docs/plugins.md has a section for each.
"""

from collections.abc import Iterable

from core.contracts.commands import Command
from core.contracts.decisions import DecisionSubject
from core.contracts.disclosure import Section
from core.contracts.events import Handler, LongWork, Schedule
from core.contracts.guards import TransitionGuard
from core.contracts.hooks import spec
from core.contracts.lifecycle import CountyDisabled, CountyEnabling, SettingsChanged
from core.contracts.manifest import Manifest
from core.contracts.notices import NoticeText
from core.contracts.permissions import Permission
from core.contracts.personal_data import PersonalData
from core.contracts.roles import Grant, Role
from core.contracts.scoring import ScoreSource
from core.contracts.screening import ScreeningRule
from core.contracts.sealing import Sealed
from core.contracts.settings import SettingsArea
from core.contracts.tables import Tables
from core.contracts.task_kinds import TaskKind
from core.contracts.translations import Translations
from core.contracts.warnings import WarningModel


@spec
def manifest() -> Iterable[Manifest]:
    """Who this plugin is. The one hook that every plugin has."""
    return ()


@spec
def tables() -> Iterable[Tables]:
    """Tables in the plugin's own schema, with the migrations that make them."""
    return ()


@spec
def settings() -> Iterable[SettingsArea]:
    """Say what a county may set."""
    return ()


@spec
def permissions() -> Iterable[Permission]:
    """Rights that pages and roles of the plugin name."""
    return ()


@spec
def roles() -> Iterable[Role]:
    """Name posts that exist because of the plugin."""
    return ()


@spec
def grants() -> Iterable[Grant]:
    """Say what roles of core may do in the plugin."""
    return ()


@spec
def task_kinds() -> Iterable[TaskKind]:
    """Kinds of task that a dispatcher may pick."""
    return ()


@spec
def screening_rules() -> Iterable[ScreeningRule]:
    """Rules that look at an incoming task before the leader sees it."""
    return ()


@spec
def transition_guards() -> Iterable[TransitionGuard]:
    """Conditions before a step of a procedure."""
    return ()


@spec
def handlers() -> Iterable[Handler]:
    """Say what follows from announcements."""
    return ()


@spec
def schedules() -> Iterable[Schedule]:
    """Announcements at fixed times."""
    return ()


@spec
def long_works() -> Iterable[LongWork]:
    """Work with a bar."""
    return ()


@spec
def notice_texts() -> Iterable[NoticeText]:
    """Say what notices of the plugin's own kinds tell."""
    return ()


@spec
def score_sources() -> Iterable[ScoreSource]:
    """Where points in the ledger come from."""
    return ()


@spec
def decision_subjects() -> Iterable[DecisionSubject]:
    """Say what villages decide about."""
    return ()


@spec
def disclosure_sections() -> Iterable[Section]:
    """Name what is shown to villagers."""
    return ()


@spec
def warning_models() -> Iterable[WarningModel]:
    """Say what a person should check."""
    return ()


@spec
def sealed() -> Iterable[Sealed]:
    """Name what the audit chain seals."""
    return ()


@spec
def personal_data() -> Iterable[PersonalData]:
    """How what is stored about a person is handed over and erased."""
    return ()


@spec
def commands() -> Iterable[Command]:
    """Commands for the operator."""
    return ()


@spec
def translations() -> Iterable[Translations]:
    """English for the plugin's texts."""
    return ()


@spec
def county_enabling() -> Iterable[CountyEnabling]:
    """Asked before a county switches the plugin on."""
    return ()


@spec
def county_disabled() -> Iterable[CountyDisabled]:
    """Told after a county switched the plugin off."""
    return ()


@spec
def settings_changed() -> Iterable[SettingsChanged]:
    """Told after a county or township changed the plugin's settings."""
    return ()
