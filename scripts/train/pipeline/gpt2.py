"""GPT-2 exactly, for training on a CPU: B rows of T tokens, width C, H heads, vocabulary V.

Two things make it fast there. Attention is written as explicit products, since the fused one is slow on CPUs. And
the logits (B·T × V) never exist as a whole: `HeadLoss` makes them part by part and keeps only their gradients.
Products run in bfloat16 where the caller's autocast says so; parameters and the residual stream stay float32.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn


@dataclass(frozen=True)
class Shape:
    """The fields of a GPT-2 config.json that decide the shapes of its tensors."""

    vocab_size: int
    n_positions: int = 256
    n_embd: int = 256
    n_layer: int = 6
    n_head: int = 4
    layer_norm_epsilon: float = 1e-5


class Block(nn.Module):
    """One layer. Linear weights are (out, in); a checkpoint has them the other way round (see folder.py)."""

    def __init__(self, shape: Shape, dropout: float):
        super().__init__()
        width = shape.n_embd
        self.heads, self.dropout = shape.n_head, dropout
        self.ln_1 = nn.LayerNorm(width, eps=shape.layer_norm_epsilon)
        self.ln_2 = nn.LayerNorm(width, eps=shape.layer_norm_epsilon)
        self.c_attn = nn.Linear(width, 3 * width)
        self.attn_proj = nn.Linear(width, width)
        self.c_fc = nn.Linear(width, 4 * width)
        self.mlp_proj = nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        rows, length, width = x.shape
        # The queries are scaled before the product: B·T·C numbers instead of B·H·T·T.
        q, k, v = self.c_attn(self.ln_1(x)).view(rows, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        scores = (q * (width // self.heads) ** -0.5) @ k.transpose(-2, -1) + mask
        mixed = (scores.softmax(-1) @ v).transpose(1, 2).reshape(rows, length, width)
        x = x + F.dropout(self.attn_proj(mixed), self.dropout, self.training)
        inner = F.gelu(self.c_fc(self.ln_2(x)), approximate="tanh")
        return x + F.dropout(self.mlp_proj(inner), self.dropout, self.training)


class Gpt2(nn.Module):
    def __init__(self, shape: Shape, dropout: float = 0.0):
        super().__init__()
        self.shape = shape
        self.wte = nn.Embedding(shape.vocab_size, shape.n_embd)
        self.wpe = nn.Embedding(shape.n_positions, shape.n_embd)
        self.h = nn.ModuleList(Block(shape, dropout) for _ in range(shape.n_layer))
        self.ln_f = nn.LayerNorm(shape.n_embd, eps=shape.layer_norm_epsilon)
        self.register_buffer("mask", torch.full((shape.n_positions, shape.n_positions), float("-inf")).triu(1), persistent=False)
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                nn.init.normal_(parameter, std=0.02 / math.sqrt(2 * shape.n_layer) if "proj" in name else 0.02)
            elif name.endswith("bias"):
                nn.init.zeros_(parameter)

    def hidden(self, ids: torch.Tensor) -> torch.Tensor:
        """(B, T) token ids → (B, T, C): what the head reads."""
        length = ids.shape[1]
        x = self.wte(ids) + self.wpe.weight[:length]
        mask = self.mask[:length, :length]
        if torch.is_autocast_enabled("cpu"):
            mask = mask.to(torch.get_autocast_dtype("cpu"))
        for block in self.h:
            x = block(x, mask)
        return self.ln_f(x)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """(B, T) token ids → (B, T, V) logits."""
        return F.linear(self.hidden(ids), self.wte.weight)

    def loss(self, ids: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """The mean negative log-likelihood of `targets` (B, T), in nats per token."""
        return HeadLoss.apply(self.hidden(ids).flatten(0, 1), self.wte.weight, targets.reshape(-1))


class HeadLoss(torch.autograd.Function):
    """Cross-entropy of a linear head: mean over N rows. `hidden` (N, C), `weight` (V, C), `targets` (N).

    Where gradients are wanted, the loss itself is read off the rounded probabilities: good to 0.2 %, and two passes
    over the logits fewer. Without gradients it is computed in float32.
    """

    ROWS = 1024  # of logits at a time: 1,024 × 16,384 bfloat16 are 32 MB

    @staticmethod
    def forward(ctx, hidden, weight, targets):
        kind = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else hidden.dtype
        with torch.autocast("cpu", enabled=False):
            x, w = hidden.to(kind), weight.to(kind)
            parts = zip(x.split(HeadLoss.ROWS), targets[:, None].split(HeadLoss.ROWS))
            if not any(ctx.needs_input_grad):
                return sum(F.cross_entropy((part @ w.T).float(), wanted[:, 0], reduction="sum") for part, wanted in parts) / len(x)
            loss = hidden.new_zeros(())
            hidden_gradient, weight_gradient = [], torch.zeros_like(weight)
            for part, wanted in parts:
                gradient = (part @ w.T).softmax(-1)
                right = gradient.gather(1, wanted)
                loss -= right.float().clamp_min(1e-30).log().sum()
                gradient.scatter_(1, wanted, right - 1)
                hidden_gradient.append(gradient @ w)
                weight_gradient += gradient.T @ part
            ctx.save_for_backward(torch.cat(hidden_gradient).to(hidden.dtype), weight_gradient)
            ctx.rows = len(x)
        return loss / len(x)

    @staticmethod
    def backward(ctx, scale):
        hidden_gradient, weight_gradient = ctx.saved_tensors
        return hidden_gradient * (scale / ctx.rows), weight_gradient * (scale / ctx.rows), None
