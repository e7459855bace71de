"""Writes OUT/gpt2-q8_0.gguf, which wllama (llama.cpp) reads: gguf.py CHECKPOINT OUT."""

import os
import struct
import sys

import checkpoint
import numpy as np

F32, Q8_0 = 0, 8  # types of tensors
UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9  # types of values
ALIGNMENT = 32


def text(value):
    data = value.encode("utf-8")
    return struct.pack("<Q", len(data)) + data


def uint32(key, value):
    return text(key) + struct.pack("<II", UINT32, value)


def float32(key, value):
    return text(key) + struct.pack("<If", FLOAT32, value)


def boolean(key, value):
    return text(key) + struct.pack("<IB", BOOL, value)


def string(key, value):
    return text(key) + struct.pack("<I", STRING) + text(value)


def strings(key, values):
    return text(key) + struct.pack("<IIQ", ARRAY, STRING, len(values)) + b"".join(map(text, values))


def int32s(key, values):
    return text(key) + struct.pack("<IIQ", ARRAY, INT32, len(values)) + np.asarray(values, "<i4").tobytes()


def q8_0(array):
    """Blocks of 32: a half-precision scale and 32 signed bytes."""
    blocks = array.reshape(-1, 32)
    scale = np.abs(blocks).max(1) / 127
    inverse = np.where(scale > 0, 1 / np.where(scale > 0, scale, 1), 0).astype(np.float32)
    records = np.empty(len(blocks), [("scale", "<f2"), ("values", "i1", 32)])
    records["scale"] = scale
    records["values"] = np.rint(blocks * inverse[:, None])
    return records.tobytes()


def metadata(directory):
    tokens, merges = checkpoint.vocabulary(directory)
    kinds = [1] * len(tokens)  # normal
    kinds[checkpoint.END_OF_TEXT] = 3  # control
    return [
        string("general.architecture", "gpt2"),
        string("general.name", "gpt2 with random weights"),
        uint32("general.file_type", 7),  # mostly Q8_0
        uint32("general.quantization_version", 2),
        uint32("gpt2.context_length", checkpoint.CONTEXT),
        uint32("gpt2.embedding_length", checkpoint.WIDTH),
        uint32("gpt2.feed_forward_length", 4 * checkpoint.WIDTH),
        uint32("gpt2.block_count", checkpoint.LAYERS),
        uint32("gpt2.attention.head_count", checkpoint.HEADS),
        float32("gpt2.attention.layer_norm_epsilon", checkpoint.EPSILON),
        string("tokenizer.ggml.model", "gpt2"),
        string("tokenizer.ggml.pre", "gpt-2"),
        strings("tokenizer.ggml.tokens", tokens),
        int32s("tokenizer.ggml.token_type", kinds),
        strings("tokenizer.ggml.merges", merges),
        uint32("tokenizer.ggml.bos_token_id", checkpoint.END_OF_TEXT),
        uint32("tokenizer.ggml.eos_token_id", checkpoint.END_OF_TEXT),
        boolean("tokenizer.ggml.add_bos_token", False),
    ]


def tensors(weights):
    """(name, array, type) in file order. Matrices are [outputs, inputs] here; the head is the embedding, so it is not named."""
    yield "token_embd.weight", weights["wte.weight"], Q8_0
    yield "position_embd.weight", weights["wpe.weight"], F32  # as llama.cpp's own converter has it
    parts = {
        "attn_norm": "ln_1",
        "attn_qkv": "attn.c_attn",
        "attn_output": "attn.c_proj",
        "ffn_norm": "ln_2",
        "ffn_up": "mlp.c_fc",
        "ffn_down": "mlp.c_proj",
    }
    for layer in range(checkpoint.LAYERS):
        for theirs, ours in parts.items():
            weight = weights[f"h.{layer}.{ours}.weight"]
            matrix = weight.ndim == 2
            yield f"blk.{layer}.{theirs}.weight", np.ascontiguousarray(weight.T) if matrix else weight, Q8_0 if matrix else F32
            yield f"blk.{layer}.{theirs}.bias", weights[f"h.{layer}.{ours}.bias"], F32
    yield "output_norm.weight", weights["ln_f.weight"], F32
    yield "output_norm.bias", weights["ln_f.bias"], F32


def main(directory, out):
    values = metadata(directory)
    descriptions, contents, offset = [], [], 0
    for name, array, kind in tensors(checkpoint.load(directory)):
        data = q8_0(array) if kind == Q8_0 else array.astype("<f4").tobytes()
        data += bytes(-len(data) % ALIGNMENT)
        shape = array.shape[::-1]
        descriptions.append(text(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *shape) + struct.pack("<IQ", kind, offset))
        contents.append(data)
        offset += len(data)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(descriptions), len(values)) + b"".join(values + descriptions)
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "gpt2-q8_0.gguf"), "wb") as file:
        file.write(head + bytes(-len(head) % ALIGNMENT))
        file.writelines(contents)


main(*sys.argv[1:])
