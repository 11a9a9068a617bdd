"""Official Chinese texts made comparable: folded, taken out of their frame, cut into runs and pieces of one to four characters."""

import re
import unicodedata
from typing import Final

LONGEST: Final = 4
_KEPT: Final = re.compile(r"[0-9a-z\u3400-\u9fff]+")
_NUMBERS: Final = re.compile(r"\d+")
# What every paper has says nothing about this one. Words that also stand in names of items (组织, 协助, 登记) stay.
_FRAMES: Final = re.compile(
    r"^(转发|印发)?关于(印发|转发|报送|商请|请求|请|立即|尽快|抓紧|及时)?(进一步|认真|切实|继续|全面|深入|深化)?"
    r"|(的|工作的)?(紧急)?(通知|函|通报|公告|指令|工作提醒|提醒|工作提示|提示|请示|方案|意见|工作函|倡议书)$"
    r"|请?各(乡镇街道|镇街道|乡镇|镇街|街道|镇|村社区|村社|村)|请(镇街|镇里|贵镇|乡镇|村里|村委|村)?"
    r"|现将|有关事项|通知如下|如下|按照|根据|贯彻|部署要求|文件精神|工作要求|工作部署"
)


def folded(text: str) -> str:
    """Fold widths and cases; digits of one number stay together, everything but letters and digits becomes a blank."""
    return " ".join(_KEPT.findall(unicodedata.normalize("NFKC", text).lower()))


def subject(whole: str) -> str:
    """Give a folded text without the frame of an official paper, or the text itself where nothing would be left."""
    return _FRAMES.sub(" ", whole).strip() or whole


def grams(text: str, *, longest: int = LONGEST) -> list[str]:
    """Give all pieces of one to ``longest`` characters of a folded text; none crosses a blank."""
    found: list[str] = []
    for run in text.split():
        size = len(run)
        found.extend(run)
        for length in range(2, min(longest, size) + 1):
            found.extend([run[at : at + length] for at in range(size - length + 1)])
    return found


def numbers(text: str) -> frozenset[str]:
    """Give the numbers of a text, as written."""
    return frozenset(_NUMBERS.findall(unicodedata.normalize("NFKC", text)))
