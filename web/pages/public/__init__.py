"""Pages without sign-in: what was published. Each module of this folder that has ROUTES adds them here by itself."""

import importlib
import pkgutil
from typing import Final

from litestar.handlers import HTTPRouteHandler

ROUTES: Final[list[HTTPRouteHandler]] = [
    route
    for found in pkgutil.iter_modules(__path__)
    for route in getattr(importlib.import_module(f"{__name__}.{found.name}"), "ROUTES", ())
]
