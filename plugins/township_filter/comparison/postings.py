"""An inverted index on arrays: which entries have a piece of text, and how much that says."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from plugins.township_filter.comparison.text import grams

Floats = NDArray[np.float32]
# How much a shared piece says by its length: single characters hardly anything, but they survive a typing error.
BY_LENGTH: Final = (0.0, 0.25, 1.0, 1.0, 1.0)
USUAL: Final = 200


class Postings:
    """The pieces of all entries. An entry is one or more texts; a piece counts once an entry."""

    def __init__(self, entries: Sequence[Iterable[str]], *, damping: float) -> None:
        self.size = len(entries)
        self.ids: dict[str, int] = {}
        flat, counts = array("q"), array("q")
        for texts in entries:
            before = len(flat)
            for text in texts:
                flat.extend([self.ids.setdefault(gram, len(self.ids)) for gram in grams(text)])
            counts.append(len(flat) - before)
        owners = np.repeat(np.arange(self.size, dtype=np.int64), np.frombuffer(counts, np.int64) if counts else 0)
        once = np.sort(np.frombuffer(flat, np.int64) * max(1, self.size) + owners) if flat else np.zeros(0, np.int64)
        once = once[np.diff(once, prepend=-1) > 0]  # np.unique hashes and takes ten times as long
        found, self.owners = np.divmod(once, max(1, self.size))
        self.owners = self.owners.astype(np.int32)
        times = np.bincount(found, minlength=len(self.ids))
        self.starts = np.concatenate(([0], np.cumsum(times))).astype(np.int64)
        lengths = np.fromiter(map(len, self.ids), np.int64, len(self.ids))
        # As if every list had USUAL entries: what is rare in a list of three says as much as in one of a thousand.
        rare = np.log(1 + self.size / np.maximum(times, 1)) * (np.log(1 + USUAL) / np.log(1 + max(1, self.size)))
        self.weights: Floats = (rare * rare * np.array(BY_LENGTH)[lengths]).astype(np.float32)
        self.mass: Floats = np.bincount(self.owners, weights=self.weights[found], minlength=self.size).astype(np.float32)
        self.scale: Floats = (np.maximum(self.mass, 1e-6) ** -damping).astype(np.float32)

    def scores(self, text: Mapping[str, float]) -> Floats:
        """Give for each entry the weight of what it shares with a text, whose pieces count as given."""
        known = [gram for gram in text if gram in self.ids]
        if not known:
            return np.zeros(self.size, np.float32)
        ids = np.array([self.ids[gram] for gram in known])
        worth = np.array([text[gram] for gram in known], np.float32) * self.weights[ids]
        begins = self.starts[ids]
        counts = self.starts[ids + 1] - begins
        ends = np.cumsum(counts)
        places = np.repeat(begins - ends + counts, counts) + np.arange(ends[-1])
        found = np.bincount(self.owners[places], weights=np.repeat(worth, counts), minlength=self.size)
        return (found * self.scale).astype(np.float32)
