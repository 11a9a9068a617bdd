"""What can go wrong, in words for the reader.

An error carries a code, data and a status; the sentence is made late, in the reader's language. ``web.errors`` maps them
to answers in one place. Messages are Chinese source texts for gettext; ``data`` fills their ``%(places)s``, and a text in ``data`` marked by ``mark`` is
translated as well.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


def mark(text: str) -> str:
    """Mark a source text for translation without translating it yet."""
    return text


class Filled(str):
    """A source text with its places filled in. It keeps both, so that it is still translated where it is shown."""

    __slots__ = ("data", "source")

    source: str
    data: Mapping[str, Any]


def filled(source: str, /, **data: Any) -> Filled:
    """Fill the places of a marked text now; ``data`` may hold more than the text has places for."""
    made = Filled(source % data)
    made.source, made.data = source, data
    return made


class ProductError(Exception):
    """Base of everything we raise for a person to read."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "error"
    default: ClassVar[str] = mark("系统出了问题，您的内容没有丢失，请稍后再试。")

    def __init__(self, message: str | None = None, /, **data: Any) -> None:
        self.message = message or self.default
        self.data: Mapping[str, Any] = data
        super().__init__(self.message)


class NotFound(ProductError):
    """The thing does not exist, is not in this person's range, or its plugin is off: nobody learns which."""

    status = 404
    code = "not_found"
    default = mark("没有找到这个页面或内容。")


class Forbidden(ProductError):
    """The thing is in this person's range, but the post does not carry the right."""

    status = 403
    code = "forbidden"
    default = mark("您现在的岗位没有这项权限。如需办理，请联系管理员。")

    def __init__(self, permission: str = "", /, message: str | None = None, **data: Any) -> None:
        super().__init__(message, permission=permission, **data)


class Conflict(ProductError):
    """The thing is not in the state that the act needs; usually somebody was faster."""

    status = 409
    code = "conflict"
    default = mark("这件事的状态已经变了，请刷新后再看。")


class Invalid(ProductError):
    """What was sent cannot be accepted. ``fields`` maps a field's name to its message."""

    status = 422
    code = "invalid"
    default = mark("有内容需要修改，请看下面的提示。您写的内容都已保留。")

    def __init__(
        self, message: str | None = None, /, *, fields: Mapping[str, str] | None = None, **data: Any
    ) -> None:
        super().__init__(message, **data)
        self.fields: Mapping[str, str] = dict(fields or {})


class TooMany(ProductError):
    """A rate limit was reached; ``seconds`` in data says when to come back."""

    status = 429
    code = "too_many"
    default = mark("操作太频繁，请稍后再试。")


class Unavailable(ProductError):
    """A part of the service does not answer now."""

    status = 503
    code = "unavailable"
    default = mark("服务暂时不可用，请稍后再试。")


class ScopeMissing(RuntimeError):
    """A query was asked for without its scope's transaction. A fault of ours, never of a person's."""
