"""What Piccolo migrates: the core as one app, then each installed plugin. Apps run one by one, each to its end."""

from piccolo.conf.apps import AppRegistry

from core.extension.manager import migration_apps
from core.kernel.engine import Engine
from core.kernel.settings import get_settings
from plugins import INSTALLED

DB = Engine(config={"dsn": get_settings().migrator_database_url}, extensions=())
APP_REGISTRY = AppRegistry(
    apps=["migrations.core.piccolo_app", *migration_apps(INSTALLED)]
)
