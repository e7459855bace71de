"""What the tests share: the scripts as a user runs them, a small text, a temporary folder."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts" / "train"
FIXTURES = ROOT / "tests" / "fixtures"

PARAGRAPHS = [
    f"{name} is a {kind} for {whom}. It keeps {thing} in one place and never loses it."
    for name in ("Notely", "Orbit", "Parcel", "Tidepool")
    for kind in ("planner", "notebook", "ledger")
    for whom in ("nurses", "small teams", "cooks")
    for thing in ("every list", "each receipt", "the plan")
]


def script(name: str, *arguments: object, fails: bool = False) -> str:
    """Runs scripts/train/NAME.py; gives what it printed."""
    done = subprocess.run([sys.executable, SCRIPTS / f"{name}.py", *map(str, arguments)], capture_output=True, text=True)
    if (done.returncode != 0) != fails:
        raise AssertionError(f"{name} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout + done.stderr


class InFolder(unittest.TestCase):
    """A test with an empty folder of its own."""

    def setUp(self) -> None:
        keeper = tempfile.TemporaryDirectory()
        self.addCleanup(keeper.cleanup)
        self.folder = Path(keeper.name)

    def texts(self) -> Path:
        folder = self.folder / "texts"
        folder.mkdir()
        (folder / "notes.txt").write_text("\n<|endoftext|>\n".join(PARAGRAPHS), encoding="utf-8")
        return folder
