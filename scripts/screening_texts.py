"""Labelled texts and plain lists, as the scripts and benchmarks of the comparison read them."""

import csv
from dataclasses import dataclass
from pathlib import Path

DUPLICATE = "DUPLICATE_OF:"
BEARINGS = {**dict.fromkeys("TCVSX", "allowed"), **dict.fromkeys("RPN", "forbidden")}
LEVELS = {"township": "TCRG", "village": "VSXPAN"}
# Codes that mean the same, as RULES section 8 lists them; either counts as right.
SAME = [
    frozenset(each.split("="))
    for each in ("S14=X04=X05", "S06=X14", "S07=X17", "S08=X02=X20", "S17=X13=X23", "S01=X22", "V27=X16", "V52=X09", "X01=X12", "X03=X19")
]


@dataclass(frozen=True, slots=True)
class ListItem:
    """An item of a list that is not in a database."""

    code: str
    title: str
    bearing: str
    aliases: tuple[str, ...] = ()
    department: str = ""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and what it is: ``code`` of its item (that of the earlier text for a duplicate), or off the list, or an emergency."""

    file: str
    id: str
    level: str
    title: str
    body: str
    label: str
    code: str
    duplicate_of: str

    @property
    def listed(self) -> bool:
        """Whether it stands on the list, a duplicate too."""
        return bool(self.code)

    @property
    def off_list(self) -> bool:
        """Whether it must not be sent down."""
        return self.label == "NONE"

    @property
    def emergency(self) -> bool:
        """Whether it goes at once."""
        return self.label == "EMERGENCY"


def read_texts(file: Path) -> list[Labelled]:
    """Read ``id,level,title,body,label``."""
    with file.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    labels = {row["id"]: row["label"] for row in rows}
    found = []
    for row in rows:
        earlier = row["label"].removeprefix(DUPLICATE) if row["label"].startswith(DUPLICATE) else ""
        label = labels[earlier] if earlier else row["label"]
        code = "" if label in {"NONE", "EMERGENCY"} else label
        found.append(Labelled(file.name, row["id"], row["level"], row["title"], row["body"], row["label"], code, earlier))
    return found


def items_of(file: Path) -> dict[str, list[ListItem]]:
    """Read ``list,code,category,item,department,source`` and give the items of each level."""
    with file.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    return {
        level: [
            ListItem(row["code"], row["item"], BEARINGS.get(row["code"][0], "reference"), (), row["department"])
            for row in rows
            if row["code"][0] in letters
        ]
        for level, letters in LEVELS.items()
    }


def same(code: str) -> frozenset[str]:
    """Give the codes that mean the same as this one, itself among them."""
    return next((each for each in SAME if code in each), frozenset({code}))
