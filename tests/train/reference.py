"""GPT-2 written out plainly, in float32, from Hugging Face's tensors: what the training code and the engine are held against."""

import math

import torch
import torch.nn.functional as F


def plain_logits(tensors: dict[str, torch.Tensor], ids: torch.Tensor, heads: int) -> torch.Tensor:
    """GPT-2 for one sequence, from Hugging Face's tensors, a head at a time."""

    def norm(x, name):
        return F.layer_norm(x, x.shape[-1:], tensors[f"{name}.weight"], tensors[f"{name}.bias"])

    def linear(x, name):
        return x @ tensors[f"{name}.weight"] + tensors[f"{name}.bias"]

    x = tensors["wte.weight"][ids] + tensors["wpe.weight"][: len(ids)]
    layers = 1 + max(int(name.split(".")[1]) for name in tensors if name.startswith("h."))
    for layer in range(layers):
        p = f"h.{layer}"
        q, k, v = linear(norm(x, f"{p}.ln_1"), f"{p}.attn.c_attn").chunk(3, -1)
        mixed = []
        for part in torch.arange(q.shape[1]).chunk(heads):
            scores = q[:, part] @ k[:, part].T / math.sqrt(len(part))
            scores[torch.ones_like(scores).triu(1).bool()] = -math.inf
            mixed.append(scores.softmax(-1) @ v[:, part])
        x = x + linear(torch.cat(mixed, -1), f"{p}.attn.c_proj")
        inner = linear(norm(x, f"{p}.ln_2"), f"{p}.mlp.c_fc")
        inner = 0.5 * inner * (1 + torch.tanh(math.sqrt(2 / math.pi) * (inner + 0.044715 * inner**3)))
        x = x + linear(inner, f"{p}.mlp.c_proj")
    return norm(x, "ln_f") @ tensors["wte.weight"].T
