"""Asking for pages as fast as they come, over a few lasting connections to this machine alone.

wrk does it where it is installed (it takes least from the machine); else a small client of our own. Bounded in time or, with
``once``, in count: then each request is sent one time.
"""

import asyncio
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httptools

_SCRIPT = """
local requests, at = {}, 0
for line in io.lines(%s) do requests[#requests + 1] = (line:gsub("\\t", "\\r\\n")) end
function request()
  at = at %% #requests + 1
  return requests[at]
end
"""
# wrk sleeps to the end of its time, so a run that is bounded in count says its result and leaves by itself.
_ONCE = """
local ffi = require("ffi")
ffi.cdef("typedef struct { long seconds, nanoseconds; } moment; int clock_gettime(int clock, moment *now);")
local function now()
  local read = ffi.new("moment")
  ffi.C.clock_gettime(1, read)
  return tonumber(read.seconds) * 1e6 + tonumber(read.nanoseconds) / 1e3
end
local began, asked, wrong = nil, 0, 0
local send = request
function request()
  began = began or now()
  return send()
end
function response(status)
  asked = asked + 1
  if status ~= 200 then wrong = wrong + 1 end
  if asked == #requests then
    io.write(string.format('\\nDONE{"asked":%%d,"microseconds":%%d,"p50":0,"p95":0,"wrong":%%d}\\n', asked, now() - began, wrong))
    io.flush()
    os.exit(0)
  end
end
"""
_DONE = """
function done(summary, latency)
  io.write(string.format('\\nDONE{"asked":%d,"microseconds":%d,"p50":%.1f,"p95":%.1f,"wrong":%d}\\n', summary.requests,
    summary.duration, latency:percentile(50), latency:percentile(95),
    summary.errors.status + summary.errors.read + summary.errors.timeout + summary.errors.connect + summary.errors.write))
end
"""
_LONGEST = 120


class LoadError(Exception):
    """Answers were wrong: a rate of errors is no figure."""


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it: answers a second, and the milliseconds that half and 95 of 100 answers took at most."""

    rate: float
    p50: float
    p95: float
    asked: int
    wrong: int


def generator() -> str:
    """Name what makes the load."""
    return "wrk" if shutil.which("wrk") else "own client"


def text_of(method: str, path: str, headers: dict[str, str], body: str = "") -> str:
    """Write one request, with tabs for line ends."""
    lines = {"host": "127.0.0.1", **headers, **({"content-length": str(len(body))} if body else {})}
    return "\t".join([f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in lines.items()), "", body])


async def load(port: int, requests: Sequence[str], *, seconds: int, connections: int, once: bool = False) -> Load:
    """Send the requests in turn, again and again for so many seconds, or once each. Raises ``LoadError`` on wrong answers.

    With ``once`` wrk begins some requests a second time before it stops, so a few answers may be refusals; no
    percentiles are known then.
    """
    if not once:
        await _own(port, requests[:1], 1, 1, once=True)  # wrk takes a redirect for an answer, this does not
    if shutil.which("wrk"):
        made = await asyncio.to_thread(_wrk, port, requests, seconds, connections, once)
    else:
        made = await _own(port, requests, seconds, connections, once)
    if made.wrong > (connections if once else 0) or not made.asked:
        raise LoadError(f"{made.wrong} of {made.asked} answers were wrong")
    return made


def _wrk(port: int, requests: Sequence[str], seconds: int, connections: int, once: bool) -> Load:  # noqa: FBT001
    with tempfile.TemporaryDirectory() as folder:
        file, script = Path(folder) / "requests", Path(folder) / "script.lua"
        file.write_text("\n".join(requests) + "\n", "utf-8")
        script.write_text(_SCRIPT % json.dumps(str(file)) + (_ONCE.replace("%%", "%") if once else _DONE), "utf-8")
        words = ["-t1", f"-c{connections}", f"-d{_LONGEST if once else seconds}s", "--timeout", "10s"]
        done = subprocess.run(
            [shutil.which("wrk") or "", *words, "-s", str(script), f"http://127.0.0.1:{port}/"],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    said = json.loads(done.stdout.rpartition("DONE")[2])
    return Load(
        said["asked"] / said["microseconds"] * 1e6, said["p50"] / 1e3, said["p95"] / 1e3, said["asked"], said["wrong"]
    )


class _Answer:
    """Collects one answer at a time from a connection."""

    def __init__(self) -> None:
        self.complete = False

    def on_message_complete(self) -> None:
        self.complete = True


async def _own(port: int, requests: Sequence[str], seconds: int, connections: int, once: bool) -> Load:  # noqa: FBT001
    texts = [request.replace("\t", "\r\n").encode() for request in requests]
    began = time.perf_counter()
    end = began + (_LONGEST if once else seconds)
    turn = iter(texts) if once else _again(texts)
    took: list[float] = []
    wrong = 0

    async def one_connection() -> None:
        nonlocal wrong
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for text in turn:
            sent = time.perf_counter()
            if sent > end:
                break
            writer.write(text)
            wrong += await _status(reader) != 200
            took.append(time.perf_counter() - sent)
        writer.close()

    await asyncio.gather(*(one_connection() for _ in range(connections)))
    elapsed, took = time.perf_counter() - began, sorted(took)
    share = [took[int(len(took) * part)] * 1e3 if took else 0.0 for part in (0.5, 0.95)]
    return Load(len(took) / elapsed, share[0], share[1], len(took), wrong)


def _again(texts: Sequence[bytes]):  # type: ignore[no-untyped-def]  # noqa: ANN202 - an endless generator
    while True:
        yield from texts


async def _status(reader: asyncio.StreamReader) -> int:
    answer = _Answer()
    parser = httptools.HttpResponseParser(answer)
    while not answer.complete:
        data = await reader.read(65536)
        if not data:
            return 0
        parser.feed_data(data)
    status: int = parser.get_status_code()
    return status
