"""The training loop that train.py and fine-tune.py share: resumable, with progress, held-out loss and a loss curve.

In OUT, every few minutes and at the end: checkpoint.pt (all that going on needs), log.jsonl, loss.svg, and the model
as a Hugging Face folder. Run the same command again to go on from the checkpoint. With a number of steps the result depends on the seed
and the number of threads alone; with minutes the clock decides how many steps there are.
"""

import json
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from .bpe import Bpe
from .curve import draw
from .data import Mixture, Stream, Tokens
from .folder import write_model
from .gpt2 import Gpt2
from .optimizer import Optimizer


@dataclass
class Plan:
    out: Path
    minutes: float | None  # one of minutes and steps
    steps: int | None
    rows: int
    length: int
    rate: float
    seed: int
    stop_after: int | None = None  # a step at which to stop as a signal does
    warm_up: int = 60
    decay: float = 0.4  # share of the run, at its end, over which the rate falls to 0
    checkpoint_minutes: float = 4.0
    log_steps: int = 20
    held_out_steps: int = 200


def schedule(step: int, done: float, plan: Plan) -> float:
    """Warm-up, constant, linear decay to 0; `done`: share of the run that is over."""
    warm_up = plan.warm_up if plan.steps is None else min(plan.warm_up, 1 + plan.steps // 10)
    return min(1.0, (step + 1) / warm_up) * min(1.0, max(0.0, 1 - done) / plan.decay)


@torch.no_grad()
def held_out_loss(net: Gpt2, tokens: Tokens, length: int, most_windows: int = 96) -> float:
    """Mean nats per token over consecutive windows."""
    net.eval()
    length = min(length, len(tokens.ids) - 1)
    starts = range(0, len(tokens.ids) - length, length)[:most_windows]
    total = count = 0
    for first in range(0, len(starts), 16):
        rows = torch.from_numpy(np.stack([tokens.ids[at : at + length + 1] for at in starts[first : first + 16]]).astype(np.int64))
        with torch.autocast("cpu", torch.bfloat16):
            total += net.loss(rows[:, :-1], rows[:, 1:]).item() * len(rows)
        count += len(rows)
    net.train()
    return total / count


class Trainer:
    def __init__(self, net: Gpt2, tokenizer: Bpe, sources: dict[str, tuple[Tokens, float]], held_out: dict[str, Tokens], plan: Plan):
        self.net, self.tokenizer, self.held_out, self.plan = net, tokenizer, held_out, plan
        streams = [Stream(tokens, plan.length, plan.seed + number) for number, (tokens, _) in enumerate(sources.values())]
        self.mixture = Mixture(streams, [weight for _, weight in sources.values()], plan.seed)
        self.names = list(sources)
        self.optimizer = Optimizer(net, plan.rate)
        self.step, self.seconds = 0, 0.0  # over all runs
        self.curve: dict[str, list[tuple[int, float]]] = {"training": [], **{f"held out, {name}": [] for name in held_out}}
        self.stopped = False
        self.file = plan.out / "checkpoint.pt"

    def run(self) -> bool:
        """True at the end of the plan, False if it was stopped before, by a signal or at `stop_after`."""
        plan = self.plan
        plan.out.mkdir(parents=True, exist_ok=True)
        self._resume()
        if self._stops():  # the checkpoint is as far already; it stays as it is, since the files of this run may be fewer than its own
            return False
        torch.manual_seed(plan.seed + self.step)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: setattr(self, "stopped", True))
        self.net.train()
        before, began, first = self.seconds, time.monotonic(), self.step
        saved, mean = began, None
        while (done := self._done()) < 1 and not self.stopped:
            loss = self._update(schedule(self.step, done, plan))
            mean = loss if mean is None else 0.95 * mean + 0.05 * loss
            self.step += 1
            now = time.monotonic()
            self.seconds = before + now - began
            if self.step % plan.log_steps == 0:
                self._report(mean, (now - began) / (self.step - first))
            if self.step % plan.held_out_steps == 0:
                self._measure()
            self.stopped |= self._stops()
            if now - saved > 60 * plan.checkpoint_minutes:
                self._save()
                saved = now
        self._measure()
        self._save()
        return not self.stopped

    def _stops(self) -> bool:
        return self.plan.stop_after is not None and self.step >= self.plan.stop_after

    def _done(self) -> float:
        plan = self.plan
        return self.step / plan.steps if plan.steps is not None else self.seconds / (60 * plan.minutes)

    def _update(self, factor: float) -> float:
        rows = torch.from_numpy(self.mixture.batch(self.step, self.plan.rows))
        with torch.autocast("cpu", torch.bfloat16):
            loss = self.net.loss(rows[:, :-1], rows[:, 1:])
        loss.backward()
        self.optimizer.step(factor)
        return loss.item()

    def _report(self, loss: float, seconds_per_step: float) -> None:
        plan = self.plan
        left = (plan.steps - self.step) * seconds_per_step if plan.steps is not None else 60 * plan.minutes - self.seconds
        rate = plan.rows * plan.length / seconds_per_step
        passes = ", ".join(f"{name} {stream.passes + 1}" for name, stream in zip(self.names, self.mixture.streams))
        print(f"step {self.step}: loss {loss:.3f}, {rate:.0f} tokens/s, {left / 60:.1f} minutes left; pass: {passes}", flush=True)
        self._log("training", loss)

    def _measure(self) -> None:
        losses = {name: held_out_loss(self.net, tokens, self.plan.length) for name, tokens in self.held_out.items()}
        print(f"step {self.step}: held out: " + ", ".join(f"{name} {loss:.4f}" for name, loss in losses.items()), flush=True)
        for name, loss in losses.items():
            self._log(f"held out, {name}", loss)
        if any(self.curve.values()):
            draw(self.curve, self.plan.out / "loss.svg", f"{self.plan.out.name}: loss by step")

    def _log(self, series: str, loss: float) -> None:
        self.curve[series].append((self.step, loss))
        with (self.plan.out / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": self.step, "seconds": round(self.seconds), "series": series, "loss": round(loss, 4)}) + "\n")

    def _save(self) -> None:
        partial = self.file.with_suffix(".partial")
        torch.save(
            {
                "net": self.net.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "step": self.step,
                "seconds": self.seconds,
                "taken": [stream.taken for stream in self.mixture.streams],
                "curve": self.curve,
            },
            partial,
        )
        partial.rename(self.file)
        write_model(self.net, self.tokenizer, self.plan.out)

    def _resume(self) -> None:
        if not self.file.exists():
            return
        state = torch.load(self.file, map_location="cpu", weights_only=True)
        self.net.load_state_dict(state["net"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds = state["step"], state["seconds"]
        self.curve |= state["curve"]  # the files may be others than before
        for stream, taken in zip(self.mixture.streams, state["taken"]):
            stream.skip_to(taken)
        print(f"going on from step {self.step}", flush=True)
