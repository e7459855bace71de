"""Runs this folder's tests with unittest and ends with the line that scripts/test counts."""

import sys
import unittest
from pathlib import Path

here = Path(__file__).resolve().parent
sys.path[:0] = [str(here), str(here.parents[1] / "scripts" / "train")]
result = unittest.TextTestRunner(verbosity=2).run(unittest.TestLoader().discover(str(here), "test_*.py"))
failed = len({str(test) for test, _ in result.failures + result.errors}) + len(result.unexpectedSuccesses)
print(f"{result.testsRun - failed - len(result.skipped)} passed, {failed} failed")
sys.exit(failed > 0)
