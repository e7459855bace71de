"""GPT-2's byte-level BPE: reads and writes Hugging Face's tokenizer.json, encodes, decodes, learns merges.

A text is split by GPT-2's pattern into pieces; a piece is its UTF-8 bytes, each written as one printable character;
merges join neighbours, the earliest learnt first. New merges can be learnt on top of a tokenizer: its ids stay as they
are, and a model that knows them can go on from there.
"""

import heapq
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import regex

PIECES = regex.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")
END = "<|endoftext|>"


@cache
def byte_letters() -> list[str]:
    """The printable character that stands for each byte value: itself where it is one, else one from 256 on."""
    printable = {*range(33, 127), *range(161, 173), *range(174, 256)}
    spare = iter(range(256, 512))
    return [chr(value) if value in printable else chr(next(spare)) for value in range(256)]


class Bpe:
    """`tokens`: every token by its id, in byte letters; `merges`: pairs of tokens, in the order of learning."""

    def __init__(self, tokens: list[str], merges: list[tuple[str, str]]):
        self.tokens, self.merges = list(tokens), list(merges)
        self.ids = {token: number for number, token in enumerate(self.tokens)}
        self.end = self.ids[END]
        self._ranks = {(self.ids[a], self.ids[b]): (rank, self.ids[a + b]) for rank, (a, b) in enumerate(self.merges)}
        self._letters = [self.ids[letter] for letter in byte_letters()]
        self._known: dict[str, tuple[int, ...]] = {}

    @classmethod
    def bytes_only(cls) -> "Bpe":
        """The tokenizer before any merge: 256 bytes and the end-of-text token, whose id is 0."""
        return cls([END, *sorted(byte_letters())], [])

    @classmethod
    def load(cls, folder: Path) -> "Bpe":
        """From a folder's tokenizer.json, or its vocab.json and merges.txt."""
        whole = folder / "tokenizer.json"
        if whole.exists():
            data = json.loads(whole.read_text(encoding="utf-8"))
            model = data["model"]
            if model["type"] != "BPE" or (data.get("pre_tokenizer") or {}).get("type") != "ByteLevel":
                raise SystemExit(f"{whole} is no byte-level BPE: these scripts know GPT-2's kind of tokenizer only.")
            vocabulary = {**model["vocab"], **{added["content"]: added["id"] for added in data.get("added_tokens", [])}}
            merges = [tuple(merge.split(" ")) if isinstance(merge, str) else tuple(merge) for merge in model["merges"]]
        else:
            vocabulary = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
            lines = (folder / "merges.txt").read_text(encoding="utf-8").splitlines()
            merges = [tuple(line.split(" ")) for line in lines if line and not line.startswith("#version")]
        tokens = [""] * len(vocabulary)
        for token, number in vocabulary.items():
            tokens[number] = token
        return cls(tokens, merges)

    def save(self, folder: Path) -> None:
        """tokenizer.json and tokenizer_config.json, as Hugging Face reads them."""
        special = {
            "id": self.end,
            "content": END,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": True,
        }
        byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
        data = {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [special],
            "normalizer": None,
            "pre_tokenizer": byte_level,
            "post_processor": {**byte_level, "trim_offsets": False},
            "decoder": byte_level,
            "model": {
                "type": "BPE",
                "dropout": None,
                "unk_token": None,
                "continuing_subword_prefix": None,
                "end_of_word_suffix": None,
                "fuse_unk": False,
                "byte_fallback": False,
                "ignore_merges": False,
                "vocab": self.ids,
                "merges": [list(merge) for merge in self.merges],
            },
        }
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tokenizer.json").write_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
        config = {
            "added_tokens_decoder": {str(self.end): {name: value for name, value in special.items() if name != "id"}},
            "tokenizer_class": "GPT2Tokenizer",
            "bos_token": END,
            "eos_token": END,
            "unk_token": END,
            "add_prefix_space": False,
            "clean_up_tokenization_spaces": False,
        }
        (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, text: str) -> list[int]:
        ids: list[int] = []
        known = self._known
        for piece in PIECES.findall(text):
            found = known.get(piece)
            if found is None:
                found = known[piece] = tuple(self._merged(piece))
                if len(known) > 2_000_000:  # some hundred megabytes
                    known.clear()
            ids.extend(found)
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        values = {letter: value for value, letter in enumerate(byte_letters())}
        text = "".join(self.tokens[number] for number in ids if number != self.end)
        return bytes(values[letter] for letter in text).decode("utf-8", errors="replace")

    def _merged(self, piece: str) -> list[int]:
        parts = [self._letters[value] for value in piece.encode("utf-8")]
        ranks = self._ranks
        while len(parts) > 1:
            found = [ranks[pair] for pair in zip(parts, parts[1:]) if pair in ranks]
            if not found:
                break
            rank, merged = min(found)
            joined, i = [], 0
            while i < len(parts):
                if i + 1 < len(parts) and ranks.get((parts[i], parts[i + 1]), (None,))[0] == rank:
                    joined.append(merged)
                    i += 2
                else:
                    joined.append(parts[i])
                    i += 1
            parts = joined
        return parts

    def extended(self, texts: Iterable[str], size: int, least: int = 2, progress: Callable[[int], None] = lambda size: None) -> "Bpe":
        """A tokenizer of `size` tokens: this one and the merges that join the most frequent pairs of `texts`, a pair
        seen fewer than `least` times excepted. Of equally frequent pairs the one of lower ids comes first."""
        pieces = Counter(piece for text in texts for piece in PIECES.findall(text))
        words = [self._merged(piece) for piece in pieces]
        weights = list(pieces.values())
        counts: Counter[tuple[int, int]] = Counter()
        where: dict[tuple[int, int], set[int]] = defaultdict(set)
        for number, (word, weight) in enumerate(zip(words, weights)):
            for pair in zip(word, word[1:]):
                counts[pair] += weight
                where[pair].add(number)
        heap = [(-count, pair) for pair, count in counts.items()]
        heapq.heapify(heap)
        tokens, merges, taken = list(self.tokens), list(self.merges), set(self.tokens)
        while len(tokens) < size and heap:
            count, pair = heapq.heappop(heap)
            if -count != counts[pair]:  # an entry from before the count changed
                if counts[pair] > 0:
                    heapq.heappush(heap, (-counts[pair], pair))
                continue
            if -count < least:
                break
            a, b = pair
            new = len(tokens)
            if tokens[a] + tokens[b] in taken:  # reached by other merges; a second way to it would be no new token
                counts[pair] = 0
                continue
            merges.append((tokens[a], tokens[b]))
            tokens.append(tokens[a] + tokens[b])
            taken.add(tokens[-1])
            changed: set[tuple[int, int]] = set()
            for number in sorted(where.pop(pair)):
                word, weight = words[number], weights[number]
                for old in zip(word, word[1:]):
                    counts[old] -= weight
                joined, i = [], 0
                while i < len(word):
                    if word[i] == a and i + 1 < len(word) and word[i + 1] == b:
                        joined.append(new)
                        i += 2
                    else:
                        joined.append(word[i])
                        i += 1
                words[number] = joined
                for fresh in zip(joined, joined[1:]):
                    counts[fresh] += weight
                    where[fresh].add(number)
                    if new in fresh:
                        changed.add(fresh)
            for fresh in changed:
                heapq.heappush(heap, (-counts[fresh], fresh))
            progress(len(tokens))
        return Bpe(tokens, merges)
