"""The checkpoint that scripts/lib/random-model.mjs makes, read for the other formats.

GPT-2 124M's shape; matrices are [inputs, outputs], as Hugging Face's Conv1D has them.
"""

import json
import os
import struct

import numpy as np

LAYERS, HEADS, WIDTH, CONTEXT, VOCABULARY = 12, 12, 768, 1024, 50257
EPSILON = 1e-5
END_OF_TEXT = 50256


def load(directory):
    """Name → float32 array, of a folder with one model.safetensors in F32."""
    path = os.path.join(directory, "model.safetensors")
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    data = np.memmap(path, np.uint8, "r", 8 + length)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = data[begin:end].view(np.float32).reshape(entry["shape"])
    return tensors


def vocabulary(directory):
    """Tokens in the order of their ids, and the merges."""
    with open(os.path.join(directory, "vocab.json"), encoding="utf-8") as file:
        ids = json.load(file)
    with open(os.path.join(directory, "merges.txt"), encoding="utf-8") as file:
        merges = [line for line in file.read().split("\n")[1:] if line.strip()]
    tokens = sorted(ids, key=ids.get)
    assert len(tokens) == VOCABULARY and len(merges) == 50000
    return tokens, merges
