"""Every script with a tiny configuration, from text files to a model directory's folder."""

import json
import unittest

import numpy as np
import torch
from pipeline.data import Tokens, windows
from pipeline.folder import read_model, read_tensors
from pipeline.measures import summary
from pipeline.prose import description_paragraphs, text_files
from support import PARAGRAPHS, InFolder, script

SIZES = ["--layers", 2, "--width", 32, "--heads", 2, "--context", 32, "--rows", 4, "--threads", 1]


class Pipeline(InFolder):
    def corpus(self):
        file = self.folder / "corpus.jsonl"
        script("corpus", file, "--texts", self.texts())
        script("tokenizer", self.folder / "tokenizer", "--size", 320, file)
        return file

    def train(self, name, *more):
        return script(
            "train",
            self.folder / name,
            "--tokenizer",
            self.folder / "tokenizer",
            "--data",
            f"{self.folder / 'corpus.jsonl'}=1",
            *SIZES,
            *more,
        )

    def test_from_text_files_to_a_folder_that_has_learnt(self):
        corpus = self.corpus()
        self.assertEqual(len(corpus.read_text(encoding="utf-8").splitlines()), len(PARAGRAPHS))
        printed = self.train("model", "--steps", 60)
        self.assertIn("minutes left", printed)
        log = [json.loads(line) for line in (self.folder / "model" / "log.jsonl").read_text().splitlines()]
        held_out = [entry["loss"] for entry in log if entry["series"] == "held out, corpus"]
        self.assertLess(held_out[-1], 3.0)  # ln 320 = 5.8 before
        self.assertIn("<polyline", (self.folder / "model" / "loss.svg").read_text())

        printed = script("evaluate", "perplexity", self.folder / "model", self.folder / "texts" / "notes.txt", corpus)
        self.assertRegex(printed, r"notes.txt: perplexity [\d.]+ per token over \d+ tokens, [\d.]+ per byte")
        self.assertRegex(printed, r"corpus.jsonl: perplexity [\d.]+ per token")
        self.assertTrue(
            script("evaluate", "sample", self.folder / "model", "Notely is", "--tokens", 5, "--variants", 1).startswith("> Notely is")
        )

        script("export", self.folder / "model", self.folder / "shipped", "--generation", '{"temperature": 0.8}', "--file-size", 0.03)
        self.assertGreater(len(list((self.folder / "shipped").glob("model-*.safetensors"))), 1)
        self.assertEqual({tensor.dtype for tensor in read_tensors(self.folder / "shipped").values()}, {torch.bfloat16})
        self.assertEqual(json.loads((self.folder / "shipped" / "generation_config.json").read_text())["temperature"], 0.8)

    def test_a_run_in_two_parts_equals_one_in_one(self):
        """The checkpoint keeps all that matters: weights, optimizer, position in the text."""
        self.corpus()
        self.train("whole", "--steps", 12)
        self.train("parts", "--steps", 12)  # the same command again is another run with the same result
        first, second = read_tensors(self.folder / "whole"), read_tensors(self.folder / "parts")
        self.assertTrue(all(torch.equal(first[name], second[name]) for name in first))
        checkpoint = self.folder / "parts" / "checkpoint.pt"
        for _ in range(2):  # the second time there is nothing to do
            self.train("early", "--steps", 12, "--stop-after", 7)
        self.assertEqual(torch.load(self.folder / "early" / "checkpoint.pt", weights_only=True)["step"], 7)
        self.assertIn("going on from step 7", self.train("early", "--steps", 12))
        self.assertEqual(torch.load(checkpoint, weights_only=True)["step"], 12)
        third = read_tensors(self.folder / "early")
        for name in first:
            torch.testing.assert_close(third[name], first[name])

    def test_fine_tuning_moves_to_the_voice_of_the_text(self):
        self.corpus()
        self.train("model", "--steps", 20)
        voice = self.folder / "voice"
        voice.mkdir()
        (voice / "sea.md").write_text(
            "\n\n".join(
                f"The sea was grey that morning, and the {bird} cried over the {place}."
                for bird in ("gull", "tern", "heron")
                for place in ("harbour", "pier", "shoals", "rocks")
            ),
            encoding="utf-8",
        )
        before = script("evaluate", "perplexity", self.folder / "model", voice / "sea.md")
        script("fine-tune", self.folder / "model", voice, self.folder / "tuned", "--steps", 40, "--rows", 2, "--rate", 0.5, "--threads", 1)
        after = script("evaluate", "perplexity", self.folder / "tuned", voice / "sea.md")
        self.assertLess(float(after.split()[2]), float(before.split()[2]) / 3)
        self.assertEqual(read_model(self.folder / "tuned").shape, read_model(self.folder / "model").shape)

    def test_mistakes_get_one_clear_line(self):
        self.assertIn("does not exist", script("corpus", self.folder / "x.jsonl", "--texts", self.folder / "none", fails=True))
        self.assertIn("needs --tokenizer", script("train", self.folder / "x", "--data", "a=1", "--steps", 1, fails=True))
        self.assertIn("does not exist", script("fine-tune", self.folder, self.folder / "none", self.folder / "x", fails=True))


class Parts(InFolder):
    def test_debian_paragraphs(self):
        lines = [" First line", " goes on.", " .", "  preformatted", " * a bullet", "   of two lines", " 中文一行", " 接着下一行"]
        self.assertEqual(description_paragraphs(lines[:6]), ["First line goes on.", "- a bullet of two lines"])
        self.assertEqual(description_paragraphs(lines[6:]), ["中文一行接着下一行"])

    def test_text_files_are_cut_at_paragraphs_and_at_the_end_mark(self):
        (self.folder / "a.txt").write_text("One\nline.\n\nTwo.<|endoftext|>Three.", encoding="utf-8")
        self.assertEqual([document["text"] for document in text_files(self.folder)], ["One line.\nTwo.", "Three."])

    def test_windows_begin_with_documents_and_go_on_within_long_ones(self):
        lengths = [3, 4, 30, 5, 2]
        starts = np.cumsum([0, *lengths])
        found = sorted(windows(Tokens(np.arange(starts[-1]), starts), 8, np.random.default_rng(1)))
        for at in found:
            inside = 7 < at < 37 and (at - 7) % 8 == 0
            self.assertTrue(at in starts or inside, found)
        self.assertIn(15, found)

    def test_figures_of_samples(self):
        corpus = self.folder / "corpus.jsonl"
        corpus.write_text(json.dumps({"language": "en", "text": "one two three four five six seven eight nine"}) + "\n", encoding="utf-8")
        english = {"language": "en", "genre": "idea", "prompt": "one", "finishReason": "eos"}
        figures = summary(
            [
                {**english, "text": " two three four five six seven eight nine"},
                {**english, "text": " a b c d a b c d a b c d", "finishReason": "length"},
                {"language": "zh", "genre": "idea", "prompt": "我", "text": "们ab", "finishReason": "eos"},
            ],
            [corpus],
        )
        self.assertEqual((figures["samples"], figures["prompts"]), (3, 2))
        self.assertAlmostEqual(figures["end by themselves"], 2 / 3)
        self.assertAlmostEqual(figures["repeat a 4-gram three times"], 1 / 3)
        self.assertAlmostEqual(figures["letters of the language, zh"], 1 / 3)
        self.assertAlmostEqual(figures["samples with 90 % new 8-grams"], 2 / 3)
        self.assertEqual(figures["prompts whose variants are all distinct"], 1)


if __name__ == "__main__":
    unittest.main()
