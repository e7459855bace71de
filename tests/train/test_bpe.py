"""The tokenizer: Hugging Face's ids, its files, learning and extending."""

import json
import unittest

from pipeline.bpe import Bpe
from support import FIXTURES, PARAGRAPHS, InFolder

DEMO = FIXTURES / "demo-bf16"


class Encoding(unittest.TestCase):
    def test_gives_hugging_faces_ids(self):
        tokenizer = Bpe.load(DEMO)
        for case in json.loads((DEMO / "expected.json").read_text(encoding="utf-8"))["greedy"]:
            self.assertEqual(tokenizer.encode(case["prompt"]), case["prompt_ids"])
            self.assertEqual(tokenizer.decode(case["ids"]), case["text"])

    def test_gives_back_any_text(self):
        tokenizer = Bpe.load(DEMO)
        for text in ("", "  two spaces", "中文，english\n\n\ttabs", "emoji 👩‍👩‍👧 and \u0000", "it's 12,5 % – done"):
            self.assertEqual(tokenizer.decode(tokenizer.encode(text)), text)


class Learning(InFolder):
    def test_joins_the_most_frequent_pairs_first(self):
        tokenizer = Bpe.bytes_only().extended(["abab abab abab cd"], 259)
        self.assertEqual(tokenizer.merges, [("a", "b"), ("ab", "ab")])

    def test_extending_keeps_the_ids_and_covers_the_new_text(self):
        first = Bpe.bytes_only().extended(PARAGRAPHS, 300)
        chinese = ["为小团队准备的计划本。", "小团队的计划，一目了然。"] * 5
        second = first.extended(chinese, 320)
        self.assertEqual(second.tokens[:300], first.tokens)
        self.assertEqual(len(set(second.tokens)), 320)
        self.assertEqual(second.encode(PARAGRAPHS[0]), first.encode(PARAGRAPHS[0]))
        self.assertLess(len(second.encode(chinese[0])), len(first.encode(chinese[0])))

    def test_is_the_same_after_saving_and_loading(self):
        tokenizer = Bpe.bytes_only().extended(PARAGRAPHS, 320)
        tokenizer.save(self.folder)
        loaded = Bpe.load(self.folder)
        self.assertEqual((loaded.tokens, loaded.merges, loaded.end), (tokenizer.tokens, tokenizer.merges, tokenizer.end))

    def test_reads_vocab_json_and_merges_txt(self):
        tokenizer = Bpe.bytes_only().extended(PARAGRAPHS, 300)
        (self.folder / "vocab.json").write_text(json.dumps(tokenizer.ids), encoding="utf-8")
        (self.folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in tokenizer.merges), encoding="utf-8")
        self.assertEqual(Bpe.load(self.folder).encode(PARAGRAPHS[1]), tokenizer.encode(PARAGRAPHS[1]))
