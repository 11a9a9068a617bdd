"""The mark that makes a function a hook implementation, for core's packages and for plugins alike.

``hooks.py`` of a package holds such functions and nothing else. They are synchronous, run once at boot and
return frozen objects; whatever awaits something lives in those objects. Which hooks there are stands in
``core.extension.hookspecs`` and ``web.extension``, and for authors in docs/plugins.md.
"""

from typing import Final

import pluggy

PROJECT: Final = "xiangzhi"

hook: Final = pluggy.HookimplMarker(PROJECT)
spec: Final = pluggy.HookspecMarker(PROJECT)
