"""Hugging Face folders of GPT-2: read any of them, write one.

Read: model.safetensors or pytorch_model.bin, whole or in shards; names with and without `transformer.`; F32, F16 and
BF16. Linear weights stand there as (in, out), GPT-2's own way, here as (out, in).
"""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from .bpe import Bpe
from .gpt2 import Gpt2, Shape

LINEAR = {"attn.c_attn": "c_attn", "attn.c_proj": "attn_proj", "mlp.c_fc": "c_fc", "mlp.c_proj": "mlp_proj"}


def names(layers: int) -> dict[str, str]:
    """This project's parameter names by Hugging Face's (without `transformer.`)."""
    found = {"wte.weight": "wte.weight", "wpe.weight": "wpe.weight", "ln_f.weight": "ln_f.weight", "ln_f.bias": "ln_f.bias"}
    for layer in range(layers):
        for theirs, ours in {"ln_1": "ln_1", "ln_2": "ln_2", **LINEAR}.items():
            for kind in ("weight", "bias"):
                found[f"h.{layer}.{theirs}.{kind}"] = f"h.{layer}.{ours}.{kind}"
    return found


def is_linear_weight(name: str) -> bool:
    return any(name.endswith(f"{linear}.weight") for linear in LINEAR)


def read_tensors(folder: Path) -> dict[str, torch.Tensor]:
    for index, _suffix in (("model.safetensors.index.json", load_file), ("pytorch_model.bin.index.json", None)):
        if (folder / index).exists():
            files = sorted(set(json.loads((folder / index).read_text())["weight_map"].values()))
            break
    else:
        files = [next((name for name in ("model.safetensors", "pytorch_model.bin") if (folder / name).exists()), "")]
    if not files[0]:
        raise SystemExit(f"{folder} has no model.safetensors and no pytorch_model.bin.")
    tensors: dict[str, torch.Tensor] = {}
    for name in files:
        file = folder / name
        tensors.update(load_file(file) if file.suffix == ".safetensors" else torch.load(file, map_location="cpu", weights_only=True))
    return {name.removeprefix("transformer."): tensor for name, tensor in tensors.items()}


def read_model(folder: Path, dropout: float = 0.0) -> Gpt2:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if config.get("model_type", "gpt2") != "gpt2" or config.get("activation_function", "gelu_new") != "gelu_new":
        raise SystemExit(f"{folder} is no GPT-2 with gelu_new: these scripts train that architecture only.")
    shape = Shape(
        config["vocab_size"],
        config.get("n_positions", 1024),
        config["n_embd"],
        config["n_layer"],
        config["n_head"],
        config.get("layer_norm_epsilon", 1e-5),
    )
    tensors = read_tensors(folder)
    head = tensors.get("lm_head.weight")
    if head is not None and not torch.equal(head, tensors["wte.weight"]):
        raise SystemExit(f"{folder} has a head of its own: these scripts train models whose head is the token embedding.")
    net = Gpt2(shape, dropout)
    state = {}
    for theirs, ours in names(shape.n_layer).items():
        tensor = tensors[theirs].float()
        state[ours] = tensor.T.contiguous() if is_linear_weight(theirs) else tensor
    net.load_state_dict(state)
    return net


def write_tensors(tensors: dict[str, torch.Tensor], folder: Path, most: int | None) -> None:
    """model.safetensors, or files of at most `most` bytes (a tensor that is larger has one of its own) and their index."""
    for old in [*folder.glob("model*.safetensors"), *folder.glob("model.safetensors.index.json")]:
        old.unlink()
    total = sum(tensor.nbytes for tensor in tensors.values())
    if most is None or total <= most:
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        return
    parts: list[dict[str, torch.Tensor]] = [{}]
    for name, tensor in tensors.items():
        if parts[-1] and sum(t.nbytes for t in parts[-1].values()) + tensor.nbytes > most:
            parts.append({})
        parts[-1][name] = tensor
    where = {}
    for number, part in enumerate(parts, 1):
        file = f"model-{number:05d}-of-{len(parts):05d}.safetensors"
        save_file(part, folder / file, metadata={"format": "pt"})
        where.update(dict.fromkeys(part, file))
    index = {"metadata": {"total_size": total}, "weight_map": where}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")


def write_model(
    net: Gpt2, tokenizer: Bpe, folder: Path, kind: torch.dtype = torch.float32, generation: dict | None = None, most: int | None = None
) -> None:
    """config.json, the weights (see write_tensors), tokenizer files; `generation`: more fields of generation_config.json."""
    shape = net.shape
    folder.mkdir(parents=True, exist_ok=True)
    state = net.state_dict()
    tensors = {}
    for theirs, ours in names(shape.n_layer).items():
        tensor = state[ours].detach()
        tensors[f"transformer.{theirs}"] = (tensor.T if is_linear_weight(theirs) else tensor).to(kind).contiguous()
    write_tensors(tensors, folder, most)
    config = {
        "architectures": ["GPT2LMHeadModel"],
        "model_type": "gpt2",
        "activation_function": "gelu_new",
        "vocab_size": shape.vocab_size,
        "n_positions": shape.n_positions,
        "n_ctx": shape.n_positions,
        "n_embd": shape.n_embd,
        "n_layer": shape.n_layer,
        "n_head": shape.n_head,
        "layer_norm_epsilon": shape.layer_norm_epsilon,
        "bos_token_id": tokenizer.end,
        "eos_token_id": tokenizer.end,
        "tie_word_embeddings": True,
        "dtype": str(kind).removeprefix("torch."),
    }
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    ends = {"bos_token_id": tokenizer.end, "eos_token_id": tokenizer.end}
    (folder / "generation_config.json").write_text(json.dumps({**ends, **(generation or {})}, indent=1) + "\n", encoding="utf-8")
    tokenizer.save(folder)


def with_tokens(net: Gpt2, old: Bpe, new: Bpe) -> Gpt2:
    """The same model for a tokenizer that begins with its own. A new token starts as the mean of the old tokens that
    spell it, half-way to the mean of all, so that it is neither a stranger nor a twin."""
    if new.tokens[: len(old)] != old.tokens:
        raise SystemExit("The tokenizer does not begin with the model's own tokens: make it with tokenizer.py --extend.")
    shape = net.shape
    grown = Gpt2(Shape(len(new), shape.n_positions, shape.n_embd, shape.n_layer, shape.n_head, shape.layer_norm_epsilon), net.h[0].dropout)
    state = net.state_dict()
    rows = state["wte.weight"]
    pieces = spellings(old, new)
    centre = rows.mean(0)
    fresh = torch.stack([(rows[ids].mean(0) + centre) / 2 for ids in pieces]) if pieces else rows[:0]
    state["wte.weight"] = torch.cat([rows, fresh + 0.01 * torch.randn_like(fresh)])
    grown.load_state_dict(state)
    return grown


def spellings(old: Bpe, new: Bpe) -> list[list[int]]:
    """For each new token the old tokens that its merges are made of."""
    parts = {number: [number] for number in range(len(old))}
    for a, b in new.merges[len(old.merges) :]:
        parts[new.ids[a + b]] = parts[new.ids[a]] + parts[new.ids[b]]
    return [parts[number] for number in range(len(old), len(new))]
