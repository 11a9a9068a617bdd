"""Plugins that ship with the product. Third parties ship theirs as packages with an entry point ``xiangzhi``."""

from typing import Final

INSTALLED: Final[tuple[str, ...]] = ("township_filter",)
