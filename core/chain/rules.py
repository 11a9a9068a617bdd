"""What a county may set of its audit chain, and how long the sealer waits."""

from datetime import timedelta
from typing import Final

from core.contracts.settings import SettingsArea, SettingsModel, setting
from core.kernel.chain import Algorithm
from core.kernel.errors import mark


class ChainSettings(SettingsModel):
    """The hash of blocks to come; blocks that are there keep theirs."""

    algorithm: str = setting(
        Algorithm.SHA256.value,
        title=mark("存证链的哈希算法"),
        hint=mark("只影响以后的区块，已有区块不变。"),
        options={Algorithm.SHA256.value: "SHA-256", Algorithm.SM3.value: mark("国密 SM3（GB/T 32905）")},
        pattern="^(sha256|sm3)$",
    )


AREA: Final = SettingsArea("chain", mark("存证链"), ChainSettings)

# How old a line is before it is sealed, so that deeds of one moment stand in their order. The order is all that hangs on
# it: a line that is committed later is sealed later.
SETTLING: Final = timedelta(minutes=2)
# How far before the last block the frequent run looks for lines that were committed late; the daily run looks everywhere.
LOOK_BACK: Final = timedelta(hours=2)
# Rows of one transaction: eight blocks. A kill loses no more than this, and it is done again.
CHUNK: Final = 32_768
