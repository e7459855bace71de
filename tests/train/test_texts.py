"""The written corpus: its files can be read, faults are named, and its documents keep to what they have chosen."""

import random
import re
import sys
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/train"))
from product_copy import check, texts
from product_copy.documents import COUNTS, SPLITS, Writer, pair_is_held_out, with_article
from product_copy.texts import FOLDER, GENRES, Fault, Template, Word

KINDS = {language: tuple(kind for kind in texts.KINDS if (FOLDER / language / f"{kind}.txt").exists()) for language in texts.LANGUAGES}
WORLDS = {language: texts.read_world(language, kinds=KINDS[language]) for language in texts.LANGUAGES}
SAMPLE = 1500


class Files(unittest.TestCase):
    def test_have_no_faults(self):
        for language in texts.LANGUAGES:
            files = sorted((FOLDER / language).glob("*.txt"))
            self.assertGreaterEqual(len(files), 6)
            for file in files:
                rng = random.Random(1)
                faults = check.check_kind(file, rng)[0] if file.stem in texts.KINDS else check.check_other(file, rng)
                self.assertEqual(faults, [])

    def test_have_enough_of_everything(self):
        for world in WORLDS.values():
            self.assertEqual(len(world.themes), 20)
            for genre in (*GENRES, "saying"):
                self.assertGreaterEqual(len(world.frames[genre]), 30, genre)
                self.assertGreaterEqual(len(world.frames[f"{genre} list"]), 8, genre)
            self.assertGreaterEqual(len(world.products), 400)
            self.assertGreaterEqual(len(world.things), 250)
            for kind in world.kinds.values():
                self.assertGreaterEqual(sum(len(block.texts) for block in kind.blocks), 150, kind.id)


class Format(unittest.TestCase):
    def read(self, body: str):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "en" / "note-app.txt"
            file.parent.mkdir()
            file.write_text("kind: notes app\n== features\nsearch: search\n" + body, encoding="utf-8")
            return texts.read_kind(file)

    def test_faults_are_named_with_their_line(self):
        for body, name in [
            ("== tagline\nWrite [it|down.", r"note-app\.txt:5: a \[ without its \]"),
            ("== tagline\nWrite it] down.", r":5: a \] without its \["),
            ("== tagline\nFor {everyone}.", r":5: there is no slot \{everyone\}"),
            ("== tagline\nFor {name.", r":5: a brace"),
            ("== slogan\nText.", r":4: there is no genre slogan"),
            ("== tagline colour\nText.", r":4: there is no feature colour"),
            ("== answer\n? How?\nSo.", r":4: answer needs a feature"),
            ("== answer search\nSo.", r":4: no \? lines"),
            ("== tagline\n? How?\nSo.", r":4: \? lines do not belong"),
            ("== answer search\n? How?", r":4: a section without texts"),
        ]:
            with self.subTest(body), self.assertRaisesRegex(Fault, name):
                self.read(body)

    def test_alternatives_may_stand_in_one_another(self):
        template = Template("[a[b|c]|d]{name}[|!]", "here")
        drawn = {template.draw(random.Random(seed), {"name": "N"}) for seed in range(200)}
        self.assertEqual(drawn, {"abN", "acN", "dN", "abN!", "acN!", "dN!"})
        self.assertEqual(texts.readings(template), 6)

    def test_numbers_and_line_breaks(self):
        drawn = {Template(r"{3-5}\nx", "here").draw(random.Random(seed), {}) for seed in range(100)}
        self.assertEqual(drawn, {"3\nx", "4\nx", "5\nx"})

    def test_each_question_begins_a_block_of_its_own(self):
        kind = self.read("== answer search\n? A?\n? B?\nOne.\nTwo.\n? C?\nThree.")
        self.assertEqual([(len(block.asked), len(block.texts)) for block in kind.blocks], [(2, 2), (1, 1)])


class Documents(unittest.TestCase):
    def test_a_seed_names_them_for_ever(self):
        for world in WORLDS.values():
            writer = Writer(world)
            self.assertEqual([writer.document(5, i) for i in range(50)], [Writer(world).document(5, i) for i in range(50)])
            self.assertNotEqual(writer.document(5, 1), writer.document(6, 1))

    def test_no_slot_stays_open_and_the_prompt_ends_in_no_space(self):
        for world in WORLDS.values():
            for split in SPLITS:
                writer = Writer(world, split)
                for index in range(SAMPLE):
                    document = writer.document(1, index)
                    self.assertNotRegex(document.text, r"[{}\[\]|]")
                    self.assertEqual(document.prompt, document.prompt.rstrip())
                    self.assertTrue(document.rest.strip())

    def test_what_is_held_out_never_stands_in_training(self):
        for world in WORLDS.values():
            held_out = [word.text for words in (world.products, world.audiences, world.people) for word in words if word.held_out]
            asked = [block.asked[-1] for kind in world.kinds.values() for block in kind.blocks if len(block.asked) > 2]
            asked += [theme.asked[-1] for theme in world.themes]
            plain = {template.source for template in asked if not template.slots}
            known = re.compile("|".join(rf"\b{re.escape(word)}\b" for word in held_out) if world.language == "en" else "(?!)")
            writer = Writer(world)
            for index in range(SAMPLE):
                document = writer.document(2, index)
                self.assertIsNone(known.search(document.prompt), document.prompt)
                self.assertFalse([source for source in plain if source in document.prompt])

    def test_held_out_documents_name_what_training_does_not(self):
        for world in WORLDS.values():
            names = {word.text for word in world.products if word.held_out}
            for index in range(300):
                document = Writer(world, "held-out").document(3, index)
                if document.genre not in ("saying", "idea", "answer") and document.about != "neighbour":
                    trained = [
                        word.text
                        for word in world.products
                        if not word.held_out and re.search(rf"(called|named|叫) ?{re.escape(word.text)}\b", document.prompt)
                    ]
                    self.assertFalse(trained, document.prompt)
            self.assertTrue(names)

    def test_pairs_of_feature_and_audience_are_kept_apart(self):
        world = WORLDS["en"]
        kind = next(iter(world.kinds.values()))
        writer, rng = Writer(world), random.Random(1)
        for feature in kind.features:
            for _ in range(200):
                self.assertFalse(pair_is_held_out(kind.id, feature, writer._audience(rng, kind, feature).text))

    def test_a_text_names_nothing_that_its_prompt_does_not(self):
        # Names that are no words, so that they can be looked for.
        made_up = [Word(f"Qx{i}z", f"Qx{i}z", False) for i in range(30)]
        for world in WORLDS.values():
            writer = Writer(replace(world, products=made_up, audiences=[Word(f"Ax{i}z", f"Ax{i}z", False) for i in range(30)]))
            for index in range(SAMPLE):
                document = writer.document(4, index)
                for name in re.findall(r"[QA]x\d+z", document.rest):
                    self.assertIn(name.lower(), document.prompt.lower(), document.text)

    def test_lists_have_as_many_items_as_are_asked_for(self):
        for world in WORLDS.values():
            writer, rng, seen = Writer(world), random.Random(9), 0
            for kind in world.kinds.values():
                for genre in GENRES:
                    for _ in range(20):
                        document = writer.product(rng, kind, genre, as_list=True)
                        items = document.rest.strip("\n").split("\n")
                        self.assertTrue(all(re.match(r"(\d\.|-) \S", item) for item in items), document.rest)
                        self.assertTrue(3 <= len(items) <= 5)
                        # The words of COUNTS are looked for where the frame has them.
                        frame = next(
                            (f for f in world.frames[f"{genre} list"] if "count" in f.slots and f.source.startswith("{count}")), None
                        )
                        counted = "(句|段|个|条|则|种|版)" if world.language == "zh" else " "
                        asked = [
                            count
                            for count, words in COUNTS[world.language].items()
                            if re.match(rf"(?i)({'|'.join(words)}){counted}", document.prompt)
                        ]
                        if frame and asked:
                            self.assertEqual(len(items), asked[0], document.text)
                            seen += 1
            self.assertGreater(seen, 0)

    def test_articles(self):
        for noun, whole in [
            ("umbrella", "an umbrella"),
            ("unicycle", "a unicycle"),
            ("hour glass", "an hour glass"),
            ("tent", "a tent"),
            ("one-man tent", "a one-man tent"),
            ("app", "an app"),
        ]:
            self.assertEqual(with_article(noun), whole)


if __name__ == "__main__":
    unittest.main()
