"""States of a file, kinds of what is sent up, and why something is refused."""

from enum import StrEnum

from core.kernel.errors import mark


class FileState(StrEnum):
    RECEIVED = "received"
    KEPT = "kept"
    REFUSED = "refused"


class Kind(StrEnum):
    PHOTO = "photo"
    DOCUMENT = "document"


FILE_STATE_TITLES = {
    FileState.RECEIVED: mark("检查中"),
    FileState.KEPT: mark("已上传"),
    FileState.REFUSED: mark("未通过检查"),
}

REFUSALS = {
    "type": mark(
        "文件的真实类型不在可上传的范围内，没有受理。可上传照片（JPG、PNG、WebP）、PDF、Word、Excel、PPT、WPS、OFD 和文本。"
    ),
    "kind": mark("这里不收这种文件，请换一个文件。"),
    "pixels": mark("照片的像素太大，没有受理。请用手机重新拍一张，或缩小后再传。"),
    "broken": mark("文件打不开，可能没有传完整或已损坏。请重新选择这个文件再传。"),
    "macros": mark("文件里带有宏，没有受理。请另存为不带宏的文件再传。"),
    "active": mark("PDF 里带有脚本或附件，没有受理。请重新打印成 PDF 再传。"),
    "bomb": mark("文件解开后太大，没有受理。"),
    "slow": mark("文件检查没有完成，没有受理。请换一个小一些的文件再传。"),
}
