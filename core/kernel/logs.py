"""Log lines of every process: one shape, as text or JSON, without personal data.

``structlog.get_logger(__name__)`` and the standard library's loggers end in the same place. Phone and identity numbers
and the values that PostgreSQL quotes in its errors are blotted out last, wherever they came from. So is what nobody caught:
it ends here as a log line with a plain traceback, which never shows the values of variables.
"""

import logging
import re
import sys
import threading
import time
from types import TracebackType
from typing import Final, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor

OURS: Final = ("core", "plugins", "web")
_AGAIN_AFTER: Final = 5.0

# Not inside longer runs of letters and digits, such as region codes, hashes and UUIDs.
_PHONE: Final = re.compile(r"(?<![0-9A-Za-z])1[3-9]\d{9}(?![0-9A-Za-z])")
_IDENTITY: Final = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{16}[\dXx](?![0-9A-Za-z])")
_QUOTED_ROW: Final = re.compile(r"(Key \([^)]*\)=|Failing row contains )\(.*?\)(?= |\.|$)", re.MULTILINE)


def configure(log_format: Literal["text", "json"], *, stream: TextIO | None = None) -> None:
    """Send all log lines of this process to one place: ours from INFO, other packages' from WARNING.

    The place is the standard output; a command whose output is its answer gives the standard error instead.
    """
    out = stream or sys.stdout
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        blot,
    ]
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(log_format, out)],
        )
    )
    handler.addFilter(NotAgain())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    sys.excepthook = log_uncaught
    threading.excepthook = _uncaught_in_thread


def log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Log what ends the process; being asked to end is no failure."""
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("core.kernel.logs").critical("nobody caught this", exc_info=(kind, error, trace))


def _uncaught_in_thread(told: threading.ExceptHookArgs) -> None:
    if told.exc_value is not None:
        log_uncaught(told.exc_type, told.exc_value, told.exc_traceback)


class NotAgain(logging.Filter):
    """Tames asyncpg's pool: while a database is away it reports the same traceback many times a second."""

    def __init__(self) -> None:
        super().__init__()
        self._last = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        """Let one line through every five seconds, with the error's name in place of the traceback."""
        if not record.name.startswith("asyncpg"):
            return True
        if record.exc_info and record.exc_info[1] is not None:
            record.msg, record.args = f"{record.getMessage()}: {record.exc_info[1]!r}", ()
            record.exc_info = None
        moment = time.monotonic()
        if moment - self._last < _AGAIN_AFTER:
            return False
        self._last = moment
        return True


def blot(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Blot out what could be personal in every text of a log line."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = without_personal_data(value)
    return event


def without_personal_data(text: str) -> str:
    """Replace phone numbers, identity numbers and the rows that PostgreSQL quotes by stars."""
    text = _QUOTED_ROW.sub(r"\1(***)", text)
    return _IDENTITY.sub("***", _PHONE.sub("***", text))


def _renderer(log_format: Literal["text", "json"], out: TextIO) -> Processor:
    if log_format == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback)
