"""Training text as token ids: files of documents, encoded once, and the batches drawn from them.

Generation starts from a prompt without an end-of-text token in front. So most windows begin with the first token of a
document, at position 0, where generation will have it.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .bpe import Bpe


class Tokens(NamedTuple):
    """Documents one after the other, each followed by the end-of-text token. `starts`: where each begins, and the end."""

    ids: np.ndarray
    starts: np.ndarray


def encoded(file: Path, tokenizer: Bpe, cache: Path, report: Callable[[str], None] = lambda line: None) -> Tokens:
    """The documents of a corpus file as tokens, from the cache if that very file was encoded before."""
    digest = hashlib.sha256(str(tokenizer.merges).encode())
    digest.update(file.read_bytes())
    stored = cache / f"{file.stem}-{digest.hexdigest()[:12]}.npz"
    if not stored.exists():
        kind = np.uint16 if len(tokenizer) <= 65536 else np.uint32
        parts, starts = [], [0]
        with file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                ids = tokenizer.encode(json.loads(line)["text"])
                parts.append(np.array([*ids, tokenizer.end], kind))
                starts.append(starts[-1] + len(ids) + 1)
                if number % 20_000 == 0:
                    report(f"{file.name}: {number} documents encoded")
        cache.mkdir(parents=True, exist_ok=True)
        partial = stored.with_suffix(".partial.npz")
        np.savez(partial, ids=np.concatenate(parts), starts=np.array(starts, np.int64))
        partial.rename(stored)
    with np.load(stored) as data:
        return Tokens(data["ids"], data["starts"])


def split(tokens: Tokens, held_out: int) -> tuple[Tokens, Tokens]:
    """All but the last `held_out` documents, and those."""
    at = len(tokens.starts) - 1 - held_out
    cut = tokens.starts[at]
    return Tokens(tokens.ids[:cut], tokens.starts[: at + 1]), Tokens(tokens.ids[cut:], tokens.starts[at:] - cut)


def windows(tokens: Tokens, length: int, rng: np.random.Generator) -> np.ndarray:
    """Where the windows of one pass over all documents begin, in a random order. Each window of `length` + 1 tokens
    begins with a document; one that it cuts begins the next window, or, if it fills a window alone, goes on there."""
    starts, last = tokens.starts, len(tokens.ids) - length - 1
    if last < 0:
        raise SystemExit(f"The text has {len(tokens.ids)} tokens, fewer than one window of {length + 1}.")
    at, found = int(starts[rng.integers(0, min(8, len(starts) - 1))]), []
    while at <= last:
        found.append(at)
        cut = int(starts[np.searchsorted(starts, at + length, side="right") - 1])
        at = cut if cut > at else at + length
    return rng.permutation(np.array(found or [last]))


class Stream:
    """Endless windows of one corpus, pass after pass. `taken` windows so far is all that a checkpoint has to keep."""

    def __init__(self, tokens: Tokens, length: int, seed: int):
        self.tokens, self.length, self.seed = tokens, length, seed
        self.taken, self.passes, self._before = 0, 0, 0
        self._order = windows(tokens, length, np.random.default_rng((seed, 0)))

    def take(self) -> np.ndarray:
        while self.taken - self._before >= len(self._order):
            self._before += len(self._order)
            self.passes += 1
            self._order = windows(self.tokens, self.length, np.random.default_rng((self.seed, self.passes)))
        at = self._order[self.taken - self._before]
        self.taken += 1
        return self.tokens.ids[at : at + self.length + 1]

    def skip_to(self, taken: int) -> None:
        while self.taken < taken:
            self.taken = min(taken, self._before + len(self._order))
            if self.taken < taken:
                self.take()


class Mixture:
    """Batches of several streams, row by row by their weights."""

    def __init__(self, streams: list[Stream], weights: list[float], seed: int):
        self.streams, self.seed = streams, seed
        self.shares = np.array(weights) / sum(weights)

    def batch(self, step: int, rows: int) -> np.ndarray:
        """(rows, length + 1) token ids."""
        chosen = np.random.default_rng((self.seed, 1 << 20, step)).choice(len(self.streams), size=rows, p=self.shares)
        return np.stack([self.streams[number].take() for number in chosen]).astype(np.int64)
