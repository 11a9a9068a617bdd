"""Hooks of the probe."""

from collections.abc import Iterable

from core.contracts.events import Handler, LongWork
from core.contracts.hooks import hook
from core.contracts.manifest import Manifest
from core.kernel.errors import mark
from web.extension import Routes
from xiangzhi_probe import work


@hook
def manifest() -> Iterable[Manifest]:
    yield Manifest("probe", mark("探针"), mark("只供测试。"), "1.0.0")


@hook
def handlers() -> Iterable[Handler]:
    return (
        Handler("probe.deed", "probe:first", work.first),
        Handler("probe.deed", "probe:second", work.second),
        Handler("probe.followed", "probe:third", work.third),
    )


@hook
def long_works() -> Iterable[LongWork]:
    yield LongWork("probe:long", mark("长作业"), work.long)


@hook
def routes() -> Iterable[Routes]:
    yield Routes((work.deed, work.begin))
