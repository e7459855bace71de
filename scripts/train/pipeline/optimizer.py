"""Muon for the matrices of the layers, AdamW for everything else (embeddings, norms, biases).

Muon (Keller Jordan, 2024) replaces a matrix's momentum by the nearest orthogonal matrix, found by five steps of a
Newton-Schulz iteration in bfloat16. It learns about twice as fast as AdamW here. Matrices of one shape go through the
iteration together.
"""

import torch

from .gpt2 import Gpt2


def orthogonal(stack: torch.Tensor) -> torch.Tensor:
    """(N, m, n) → the same with all singular values near 1."""
    tall = stack.shape[1] > stack.shape[2]
    x = stack.bfloat16()
    x = x.transpose(1, 2) if tall else x
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(5):
        square = x @ x.transpose(1, 2)
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return (x.transpose(1, 2) if tall else x).float()


class Optimizer:
    """`rate` scales both learning rates; the state of both goes into a checkpoint."""

    MUON_RATE, ADAM_RATE, DECAY, MOMENTUM = 0.02, 3e-3, 0.05, 0.95

    def __init__(self, net: Gpt2, rate: float = 1.0):
        self.rate = rate
        matrices, self.others = {}, []
        for name, parameter in net.named_parameters():
            if name.startswith("h.") and parameter.dim() == 2:
                matrices.setdefault(tuple(parameter.shape), []).append(parameter)
            else:
                self.others.append(parameter)
        self.groups = list(matrices.values())
        self.momenta = [torch.zeros(len(group), *group[0].shape) for group in self.groups]
        self.adam = torch.optim.AdamW(self.others, lr=self.ADAM_RATE, betas=(0.9, 0.95), weight_decay=0.0, fused=True)

    @torch.no_grad()
    def step(self, schedule: float) -> None:
        """One update at `schedule` times the full rates; then the gradients are gone."""
        torch.nn.utils.clip_grad_norm_(self.others, 1.0)
        for group in self.adam.param_groups:
            group["lr"] = self.ADAM_RATE * self.rate * schedule
        self.adam.step()
        rate = self.MUON_RATE * self.rate * schedule
        for group, momentum in zip(self.groups, self.momenta):
            gradient = torch.stack([parameter.grad for parameter in group])
            momentum.lerp_(gradient, 1 - self.MOMENTUM)
            update = gradient.lerp_(momentum, self.MOMENTUM)
            count, rows, columns = update.shape
            if rows == 3 * columns:  # queries, keys and values are three matrices
                update = orthogonal(update.view(3 * count, columns, columns)).view(count, rows, columns)
            else:
                update = orthogonal(update) * max(1.0, rows / columns) ** 0.5
            for parameter, change in zip(group, update):
                parameter.mul_(1 - rate * self.DECAY).add_(change, alpha=-rate)
        for parameter in [*self.others, *(p for group in self.groups for p in group)]:
            parameter.grad = None

    def state_dict(self) -> dict:
        return {"adam": self.adam.state_dict(), "momenta": self.momenta}

    def load_state_dict(self, state: dict) -> None:
        self.adam.load_state_dict(state["adam"])
        self.momenta = state["momenta"]
