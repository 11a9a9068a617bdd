"""Draws one sheet, alone in a process that may be killed: ``printer.py FONTS < sheet.json > sheet.pdf``.

It knows no database and no keys. What is written on the sheet is data and never markup: the template reads it as JSON.
It ends with 3 where the library is missing and with 4 where no Chinese font is; both are said to people in ``printing``.
"""

import json
import sys
from typing import Any

from core.kernel.limits import limit

NO_LIBRARY = 3
NO_FONT = 4
MEMORY = 4_000_000_000  # addresses, most of them of mapped fonts
CPU_SECONDS = 40

FAMILIES = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Source Han Sans CN", "Noto Sans SC", "HarmonyOS Sans SC", "PingFang SC",
    "Microsoft YaHei", "SimHei", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Noto Serif CJK SC", "Source Han Serif SC",
    "SimSun", "FangSong", "FangSong_GB2312", "KaiTi", "AR PL UMing CN", "Droid Sans Fallback",
)  # fmt: skip

TEMPLATE = """
#let d = json(bytes(sys.inputs.sheet))
#let red = rgb("#B3261E")
#set document(title: d.title)
#set page(paper: "a4", margin: (x: 14mm, y: 14mm), footer: context align(center, text(size: 8pt,
  d.words.check + " " + d.check + "　" + counter(page).display("1 / 1", both: true))))
#set text(font: d.fonts, lang: "zh", region: "cn", size: 10pt)
#set par(leading: 0.7em)
#align(center, text(fill: red, size: 24pt, weight: "bold", tracking: 0.1em, d.head))
#line(length: 100%, stroke: 1.4pt + red)
#text(size: 14pt, weight: "bold", d.title)
#for told in d.told [ #block(stroke: 0.6pt, inset: 6pt, width: 100%, told) ]
#if d.figures.len() > 0 { grid(columns: d.figures.len() * (auto,), column-gutter: 24pt,
  ..d.figures.map(f => [#text(size: 9pt, f.at(0)) \\ #text(size: 15pt, weight: "bold", f.at(1)) #f.at(2)])) }
#if d.rows.len() > 0 { table(columns: d.columns.map(c => if c.figure { auto } else { 1fr }), stroke: 0.5pt, inset: 4pt,
  align: (x, y) => if y > 0 and d.columns.at(x).figure { right } else { left },
  table.header(..d.columns.map(c => strong(c.label))), ..d.rows.flatten().map(t => text(t))) } else { d.words.empty }
#if d.note != "" { par(d.words.note + "：" + d.note) }
#v(10pt)
#block(breakable: false, grid(columns: (1fr, 42mm, 32mm), column-gutter: 8pt, align: (left + bottom, center + horizon, right + bottom),
  [ #for fact in d.facts [ #fact.at(0)：#fact.at(1) \\ ] #text(size: 8pt, d.address) ],
  circle(radius: 19mm, stroke: (paint: red, dash: "dashed"))[#set align(center + horizon); #text(fill: red, size: 9pt, d.words.seal)],
  image(bytes(d.qr), format: "svg", width: 30mm)))
"""


def draw(sheet: bytes, fonts: str) -> bytes:
    """Give the PDF. Raises ``ImportError`` without the library and ``LookupError`` without a font."""
    import typst  # noqa: PLC0415 - after the limits are set, and it may be missing

    folders = [fonts] if fonts else []
    known = set(typst.Fonts(font_paths=folders).families())
    chosen = [family for family in FAMILIES if family in known]
    if not chosen:
        raise LookupError
    told = {**json.loads(sheet), "fonts": chosen[:2]}
    compiler: Any = typst  # its types know no data that is given beside a text
    made = compiler.compile(
        TEMPLATE.encode(), font_paths=folders, sys_inputs={"sheet": json.dumps(told, ensure_ascii=False)}
    )
    return bytes(made)


def main() -> int:
    """Read the sheet, write the PDF."""
    limit(memory=MEMORY, cpu_seconds=CPU_SECONDS)
    try:
        made = draw(sys.stdin.buffer.read(), sys.argv[1] if len(sys.argv) > 1 else "")
    except ImportError:
        return NO_LIBRARY
    except LookupError:
        return NO_FONT
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
