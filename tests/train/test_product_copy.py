"""The corpus generator: its frame, and the English half. `python3 -m unittest tests/train/test_product_copy.py`."""

import json
import os
import random
import re
import subprocess
import sys
import unittest
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts" / "train"
sys.path.insert(0, str(SCRIPTS))
from product_copy import english, framework
from product_copy.english.lexicon import vary
from product_copy.english.templates import Deck, expand, finish
from product_copy.english.words import gerund, singular, third_person
from product_copy.measure import Measures, repeats, units

DOCUMENTS = [framework.document("en", split, 5, index) for split in framework.SPLITS for index in range(1500)]


def generate(*arguments: str, hash_seed: str = "0") -> str:
    done = subprocess.run(
        [sys.executable, SCRIPTS / "product_copy" / "generate.py", *arguments],
        text=True,
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )
    return done.stdout


class Templates(unittest.TestCase):
    def test_choices_numbers_and_slots(self):
        texts = {expand(random.Random(seed), "[a{x}|] <2-6/2>", {"x": "[b|c]"}) for seed in range(300)}
        self.assertEqual(texts, {a + n for a in ("ab ", "ac ", " ") for n in "246"})

    def test_forms_of_verbs_and_of_possessives(self):
        slots = {"does": "tidy {your} desk and ~plan", "her": "his", "your": "your"}
        for form, expected in (
            ("s", "tidies your desk and plans"),
            ("ing", "tidying your desk and planning"),
            ("my", "tidy my desk and plan"),
            ("her", "tidy his desk and plan"),
            ("cap", "Tidy your desk and plan"),
        ):
            self.assertEqual(expand(random.Random(1), "{does!" + form + "}", slots), expected)

    def test_a_deck_gives_none_twice_before_all_came(self):
        slots, rng = {"x": Deck(["a", "b", "c"])}, random.Random(1)
        self.assertEqual(sorted(expand(rng, "{x}{x}{x}", slots)), ["a", "b", "c"])

    def test_the_same_range_of_a_feature_gives_the_same_number(self):
        slots = {"f.how": "<1-1000> grams", "f.fact": "{f.how}", "g.how": "<1-1000> grams", "memo": {}}
        first, same, other = (expand(random.Random(seed), name, slots) for seed, name in enumerate(("{f.how}", "{f.fact}", "{g.how}")))
        self.assertEqual(first, same)
        self.assertNotEqual(first, other)

    def test_finishing_sets_articles_capitals_and_plurals(self):
        self.assertEqual(
            finish("a(n) hour for a(n) user , 1 boxes..\nyes. it  works in 1.5 days"),
            "An hour for a user, 1 box.\nYes. It works in 1.5 days",
        )

    def test_a_bad_template_is_an_error(self):
        for text in ("[a|b", "a]", "a|b"):
            with self.subTest(text), self.assertRaises(ValueError):
                expand(random.Random(1), text, {})

    def test_interchangeable_words_leave_slots_and_other_words_alone(self):
        self.assertEqual(vary("the mail {mail} mailbox"), "the [mail|e-mail] {mail} mailbox")

    def test_words(self):
        self.assertEqual(
            [third_person(verb) for verb in ("have", "carry", "stay", "match", "go")], ["has", "carries", "stays", "matches", "goes"]
        )
        self.assertEqual(
            [gerund(verb) for verb in ("plan", "see", "tie", "write", "read")], ["planning", "seeing", "tying", "writing", "reading"]
        )
        self.assertEqual([singular(noun) for noun in ("boxes", "stories", "days")], ["box", "story", "day"])


class Frame(unittest.TestCase):
    def test_held_out_triples_never_occur_in_training(self):
        def triples(split):
            return {(c.kind, c.audience, feature) for c in framework.combinations("en", split) for feature in c.features}

        trained = triples("train")
        for combination in framework.combinations("en", "held-out"):
            self.assertTrue(any((combination.kind, combination.audience, f) not in trained for f in combination.features), combination)
        self.assertGreater(len(trained), 5000)

    def test_a_seed_names_its_documents_whatever_pythons_hash_seed(self):
        arguments = ("--language", "en", "--documents", "60", "--seed", "9", "--json")
        first = generate(*arguments, hash_seed="1")
        self.assertEqual(first, generate(*arguments, hash_seed="2"))
        self.assertNotEqual(first, generate(*arguments[:5], "8", "--json"))
        records = [json.loads(line) for line in first.splitlines()]
        self.assertEqual(len(records), 60)
        self.assertTrue(all(record["text"].startswith(record["prompt"]) for record in records))

    def test_text_output_ends_each_document_with_the_mark_of_the_end(self):
        texts = generate("--language", "en", "--documents", "20").split(framework.END + "\n")
        self.assertEqual(texts.pop(), "")
        self.assertEqual(texts, [framework.document("en", "train", 1, index).text for index in range(20)])

    def test_of_many_wordings_the_shortest_are_used(self):
        for language, fact in (
            ("english", lambda kinds: kinds["notes"].features["search"].facts["so"]),
            ("chinese", lambda kinds: kinds["记账小程序"].features["拍照记账"].good),
        ):
            module = __import__(f"product_copy.{language}", fromlist=["ontology"])
            data = sys.modules[f"product_copy.{language}.{'ontology' if language == 'english' else 'data'}"]
            everything = fact(module.ontology()["kinds"])
            try:
                framework.use_wordings(2)
                data.kinds.cache_clear()
                few = fact(data.kinds())
                self.assertEqual(len(few), 2)
                self.assertLessEqual(set(few), set(everything))
                self.assertEqual(framework.wordings(["four", "[one|of several]", "seventeen", "two"]), ["[one|of several]", "two"])
            finally:
                framework.use_wordings(None)
                data.kinds.cache_clear()
            self.assertGreater(len(everything), 2)
        self.assertNotEqual(generate("--documents", "4", "--wordings", "2"), generate("--documents", "4"))
        self.assertEqual(generate("--documents", "4", "--wordings", "1000"), generate("--documents", "4"))

    def test_prompts_are_distinct_and_of_all_genres(self):
        found = framework.prompts(random.Random(3), "en", 60)
        self.assertEqual(len({prompt.text for prompt in found}), 60)
        self.assertEqual({prompt.genre for prompt in found}, set(framework.GENRES))

    def test_measures_see_repetition(self):
        measures = Measures(4, 2)
        for document in (*DOCUMENTS[:2], *DOCUMENTS[:2]):
            measures.add(document)
        self.assertIn("documents 4, distinct 2", measures.lines()[0])
        self.assertIn("100.0 %", measures.lines()[-1])
        self.assertTrue(repeats("one two three four, " * 3, "en"))


class English(unittest.TestCase):
    def test_the_ontology_is_as_large_as_asked(self):
        ontology = english.ontology()
        self.assertGreaterEqual(len(ontology["kinds"]), 40)
        self.assertGreaterEqual(len(ontology["audiences"]), 40)
        for name, kind in ontology["kinds"].items():
            self.assertGreaterEqual(len(kind.features), 6, name)
            for feature in kind.features.values():
                self.assertEqual(sorted(feature.facts), ["does", "so", "steps", "you"], (name, feature.np))
                self.assertEqual(len(feature.facts["steps"]), 3, (name, feature.np))

    def test_no_two_documents_are_alike(self):
        self.assertEqual(len({document.text for document in DOCUMENTS}), len(DOCUMENTS))

    def test_nothing_of_the_notation_is_left(self):
        for document in DOCUMENTS:
            self.assertNotRegex(document.text, r"[\[\]{}|~<>]|a\(n\)|QUESTION| {2}| [,.;:!?]|[,.]{2}", document)
            self.assertNotRegex(
                document.text, r"(?i)\ba (?!one|once|eu)[aeio]\w|\ban [bcdfgjklmnpqrstvwxyz]\w|\b1 (?:days|weeks|hours|minutes)\b", document
            )
            self.assertRegex(document.rest[0], r"\W", document)
            self.assertEqual(document.opening, document.opening.strip())

    def test_a_document_speaks_of_its_kind_and_its_audience_only(self):
        ontology = english.ontology()
        nouns = {name: kind.noun for name, kind in ontology["kinds"].items()}
        plurals = {name: audience.plural for name, audience in ontology["audiences"].items()}
        for document in DOCUMENTS:
            kind, audience, _ = document.combination
            for name, noun in nouns.items():
                if name != kind and noun not in nouns[kind]:
                    self.assertNotRegex(document.text, rf"\b{noun}\b(?! bags)", document)
            for name, plural in plurals.items():
                if " " in plural and name != audience:
                    self.assertNotIn(plural, document.text, document)

    def test_few_documents_say_four_words_three_times(self):
        share = sum(repeats(document.text, "en") for document in DOCUMENTS) / len(DOCUMENTS)
        self.assertLess(share, 0.005)

    def test_documents_are_short(self):
        lengths = sorted(len(units(document.rest, "en")) for document in DOCUMENTS)
        self.assertLess(lengths[int(len(lengths) * 0.97)], 100)
        for document in DOCUMENTS:
            if document.genre == "tagline":
                self.assertLessEqual(len(units(document.rest, "en")), 28, document)

    def test_answers_have_steps_that_fit_their_question(self):
        features = {feature.np for kind in english.ontology()["kinds"].values() for feature in kind.features.values()}
        asked = [document for document in DOCUMENTS if document.genre == "answer" and re.search(r"How does .* work\?", document.text)]
        self.assertTrue(asked)
        for document in asked:
            self.assertIn(re.search(r"How does (.*) work\?", document.text)[1], features)


if __name__ == "__main__":
    unittest.main()
