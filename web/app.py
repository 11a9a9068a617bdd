"""The composition root of the web: packages and plugins come together here, and nowhere else."""

import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from litestar import Litestar
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler

from core.contracts.registry import Registry
from core.contracts.translations import Translations
from core.extension.manager import boot
from core.kernel.database import close_pool, open_pool
from core.kernel.errors import ProductError
from core.kernel.settings import Settings, get_settings
from core.tenancy.terms import terms_of_counties
from web.errors import answer_http_exception, answer_product_error, answer_unexpected
from web.extension import MenuEntry, Routes, Templates
from web.health import ROUTES as HEALTH
from web.menu import Menu
from web.middleware import SessionMiddleware, add_headers
from web.render import Renderer
from web.routing import RouteError, landings
from web.static_files import ROUTES as STATIC
from web.texts import Texts, catalogue_files

PAGES: Final = Path(__file__).parent / "pages"
POOL: Final = 6
BODY_BYTES: Final = 2_000_000


def page_packages() -> list[str]:
    """Name the packages of pages: each folder of web/pages. They register themselves by ROUTES and MENU."""
    return sorted(p.parent.name for p in PAGES.glob("*/__init__.py"))


def collect() -> tuple[list[HTTPRouteHandler], list[MenuEntry]]:
    """Gather routes and menu entries of core's pages. A route that declares nothing stops the boot."""
    routes: list[HTTPRouteHandler] = [*HEALTH, *STATIC]
    menu: list[MenuEntry] = []
    for name in page_packages():
        package = importlib.import_module(f"web.pages.{name}")
        routes += getattr(package, "ROUTES", [])
        menu += getattr(package, "MENU", [])
    for route in routes:
        if not route.opt.get("permission") and not route.opt.get("public"):
            raise RouteError(f"{route.handler_name}: no permission and no reason to be public")
    return routes, menu


def create_app(settings: Settings | None = None) -> Litestar:
    """Build the application. Everything that can be wrong with routes, menus and plugins stops it here."""
    chosen = settings or get_settings()
    registry = boot()
    routes, menu = collect()
    routes += plugin_routes(registry)
    routes += landings(routes)
    menu += registry.all(MenuEntry)
    return Litestar(
        route_handlers=routes,
        middleware=[SessionMiddleware(chosen)],
        before_send=[add_headers],
        lifespan=[_pool(chosen)],
        exception_handlers={
            ProductError: answer_product_error,
            HTTPException: answer_http_exception,
            Exception: answer_unexpected,
        },
        state=State(
            {
                "settings": chosen,
                "renderer": renderer_for(registry),
                "menu": Menu(menu),
                "terms": terms_of_counties(),
            }
        ),
        openapi_config=None,
        logging_config=None,
        request_max_body_size=BODY_BYTES,
    )


def plugin_routes(registry: Registry) -> list[HTTPRouteHandler]:
    """Give the plugins' routes, each marked with its plugin: the guard answers 404 where a county has it off."""
    for given in registry.all(Routes):
        for handler in given.handlers:
            handler.opt["plugin"] = given.plugin
    return [handler for given in registry.all(Routes) for handler in given.handlers]


def renderer_for(registry: Registry) -> Renderer:
    """Make the renderer with the plugins' templates and texts; ours come first and cannot be changed by theirs."""
    files = dict.fromkeys([*catalogue_files(), *(given.file for given in registry.all(Translations))])
    folders = {given.plugin: given.folder for given in registry.all(Templates)}
    return Renderer(texts=Texts.load(files), plugin_templates=folders)


def _pool(settings: Settings) -> Any:
    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        await open_pool(settings.database_url, size=POOL)
        try:
            yield
        finally:
            await close_pool()

    return lifespan
