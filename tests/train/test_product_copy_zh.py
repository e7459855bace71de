"""The Chinese half of the corpus generator: `python3 -m unittest tests/train/test_product_copy_zh.py`."""

import random
import sys
import unittest
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts" / "train"))
from product_copy import chinese, framework
from product_copy.chinese import data, syntax
from product_copy.measure import NGRAM, repeats

DOCUMENTS = [framework.document("zh", split, 3, index) for split in framework.SPLITS for index in range(400)]


class Syntax(unittest.TestCase):
    def test_choices_numbers_and_slots(self):
        texts = {
            syntax.expand(random.Random(seed), "[一{物}|]<2-6/2>|{数}", {"物": "[甲|乙]", "数": lambda rng: "丙"}) for seed in range(400)
        }
        self.assertEqual(texts, {*(a + b for a in ("一甲", "一乙", "") for b in "246"), "丙"})

    def test_the_same_range_before_the_same_character_gives_the_same_number(self):
        for seed in range(50):
            first, second, other = syntax.expand(random.Random(seed), "<10-99>克、<10-99>.<1-9>克、<10-99>天", {}).split("、")
            self.assertEqual(first[:2], second[:2])
            self.assertRegex(other, r"^\d\d天$")

    def test_a_bad_template_is_an_error(self):
        for text in ("[一|二", "一]", "<5-5>", "{无}"):
            with self.subTest(text), self.assertRaises(syntax.TemplateError):
                syntax.expand(random.Random(1), text, {})


class Ontology(unittest.TestCase):
    def test_it_is_as_large_as_asked(self):
        ontology = chinese.ontology()
        self.assertGreaterEqual(len(ontology["kinds"]), 40)
        self.assertGreaterEqual(len(ontology["audiences"]), 40)
        for kind in ontology["kinds"].values():
            self.assertGreaterEqual(len(kind.features), 6, kind.id)

    def test_every_record_has_every_fact(self):
        for kind in data.kinds().values():
            self.assertEqual(set(kind.facts), set("品量群用短价"), kind.id)
        for audience in data.audiences().values():
            self.assertEqual(set(audience.facts), set("人群物日短"), audience.id)

    def test_clauses_are_many_and_no_longer_than_what_novelty_is_counted_in(self):
        for kind in data.kinds().values():
            for feature in kind.features.values():
                for clauses in (feature.how, feature.good):
                    self.assertGreaterEqual(len(set(clauses)), 8, feature.id)
                    for clause in clauses:
                        self.assertLessEqual(max(len(syntax.expand(random.Random(seed), clause, {})) for seed in range(4)), NGRAM, clause)

    def test_combinations_are_distinct_and_some_are_held_out(self):
        found = list(chinese.combinations())
        self.assertEqual(len(found), len(set(found)))
        for split in framework.SPLITS:
            pairs = framework.combinations("zh", split)
            self.assertEqual({c.kind for c in pairs}, set(data.kinds()))
            self.assertGreater(len({c.audience for c in pairs}), 40)


class Documents(unittest.TestCase):
    def test_the_same_seed_gives_the_same_document(self):
        for combination in list(chinese.combinations())[:50]:
            for genre in framework.GENRES:
                pair = [chinese.opened(random.Random(7), genre, combination) for _ in range(2)]
                self.assertEqual(*pair)

    def test_letters_are_chinese_and_punctuation_is_full_width(self):
        letters = [c for d in DOCUMENTS for c in d.text if c.isalpha()]
        self.assertGreater(sum("\u4e00" <= c <= "\u9fff" for c in letters) / len(letters), 0.98)
        for document in DOCUMENTS:
            self.assertNotRegex(document.text, r"[,;:?!\[\]{}<>|‖=]|。。|，，|，。|。，|：：|；。|^\s|\s$")

    def test_lengths(self):
        for document in DOCUMENTS:
            self.assertLessEqual(len(document.text), 145)
            self.assertTrue(document.opening and document.rest)
            if document.genre == "tagline":
                self.assertLessEqual(len(document.rest.strip("“”。")), chinese.TAGLINE_LIMIT)

    def test_nothing_is_said_three_times(self):
        self.assertFalse([d.text for d in DOCUMENTS if repeats(d.text, "zh")])

    def test_the_opening_names_what_the_document_is_about(self):
        """The name of the kind stands in the text (except a question about a feature) and no other kind's does."""
        nouns = {noun: kind.id for kind in data.kinds().values() for noun in kind.facts["品"]}
        counts = Counter()
        for document in DOCUMENTS:
            named = {kind for noun, kind in nouns.items() if noun in document.text}
            counts["named"] += document.combination.kind in named
            counts["other"] += bool(named - {document.combination.kind})
        self.assertGreater(counts["named"], 0.8 * len(DOCUMENTS))
        self.assertEqual(counts["other"], 0)

    def test_no_two_are_alike(self):
        self.assertEqual(len({d.text for d in DOCUMENTS}), len(DOCUMENTS))
        bodies = [d.rest for d in DOCUMENTS if d.genre != "tagline"]
        starts = Counter(rest[:8] for rest in bodies)
        self.assertLess(starts.most_common(1)[0][1], 0.03 * len(bodies))


if __name__ == "__main__":
    unittest.main()
