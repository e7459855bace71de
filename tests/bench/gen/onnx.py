"""Writes OUT/gpt2/onnx/model_quantized.onnx, which transformers.js and onnxruntime-web read: onnx.py CHECKPOINT OUT.

A decoder with a cache, in the layout that transformers.js expects, but faster than Optimum's export: fused operators of
com.microsoft, the embedding stored once, logits of the last tokens only. Prompts of a batch must have equal lengths.
"""

import os
import sys

import checkpoint
import numpy as np
from protobuf import integer, length, message, real

FLOAT, INT8, INT64 = 1, 3, 7  # ONNX's types of tensors
DTYPES = {np.dtype("float32"): FLOAT, np.dtype("int8"): INT8, np.dtype("int64"): INT64}
MICROSOFT = "com.microsoft"


def attribute(name, value):
    head = message(1, name)
    if isinstance(value, float):
        return head + real(2, value) + integer(20, 1)
    if isinstance(value, int):
        return head + integer(3, value) + integer(20, 2)
    return head + b"".join(integer(8, item) for item in value) + integer(20, 7)


def described(name, dtype, shape):
    """An input or output; extents are numbers or names."""
    extents = b"".join(message(1, integer(1, extent) if isinstance(extent, int) else message(2, extent)) for extent in shape)
    return message(1, name) + message(2, message(1, integer(1, dtype) + message(2, extents)))


class Graph:
    def __init__(self):
        self.nodes, self.constants, self.names = [], [], set()

    def constant(self, name, array):
        if name not in self.names:
            self.names.add(name)
            data = array.tobytes()
            tensor = (
                b"".join(integer(1, extent) for extent in array.shape)
                + integer(2, DTYPES[array.dtype])
                + message(8, name)
                + length(9, len(data))
            )
            self.constants.append((length(5, len(tensor) + len(data)) + tensor, data))
        return name

    def op(self, kind, inputs, outputs=1, domain="", **attributes):
        """Adds a node. `outputs`: their names, or how many; the first one's name, or all of them as a list."""
        name = f"{kind}_{len(self.nodes)}"
        if isinstance(outputs, int):
            outputs = [f"{name}_{i}" for i in range(outputs)]
        node = b"".join(message(1, i) for i in inputs) + b"".join(message(2, o) for o in outputs) + message(3, name) + message(4, kind)
        node += b"".join(message(5, attribute(key, value)) for key, value in attributes.items())
        if domain:
            node += message(7, domain)
        self.nodes.append(message(1, node))
        return outputs[0] if len(outputs) == 1 else outputs

    def write(self, path, inputs, outputs):
        head = b"".join(self.nodes) + message(2, "gpt2")
        tail = b"".join(message(11, i) for i in inputs) + b"".join(message(12, o) for o in outputs)
        size = len(head) + len(tail) + sum(len(a) + len(data) for a, data in self.constants)
        with open(path, "wb") as file:
            file.write(integer(1, 10) + message(2, "variorum") + length(7, size) + head)
            for before, data in self.constants:
                file.write(before)
                file.write(data)
            file.write(tail)
            file.write(message(8, message(1, "") + integer(2, 17)) + message(8, message(1, MICROSOFT) + integer(2, 1)))


def quantized(matrix):
    """int8 and a scale per column (output channel)."""
    scale = (np.abs(matrix).max(0) / 127).astype(np.float32)
    return np.rint(matrix / scale).astype(np.int8), scale


def decoder(weights):
    graph = Graph()
    integers = lambda name, value: graph.constant(name, np.asarray(value, np.int64))
    vector = lambda name: graph.constant(name, weights[name])
    epsilon = checkpoint.EPSILON

    def linear(x, name, bias=None):
        values, scale = quantized(weights[name])
        inputs = [x, graph.constant(f"{name}_values", values), graph.constant(f"{name}_scale", scale)]
        return graph.op("DynamicQuantizeMatMul", inputs + (["", bias] if bias else []), domain=MICROSOFT)

    def add_and_norm(x, bias, residual, norm):
        """The next normalised activation, and the residual stream after x + bias joined it."""
        outputs = [f"{norm}_x", "", "", f"{norm}_stream"]
        graph.op(
            "SkipLayerNormalization",
            [x, residual, vector(f"{norm}.weight"), vector(f"{norm}.bias"), vector(bias)],
            outputs,
            MICROSOFT,
            epsilon=epsilon,
        )
        return outputs[0], outputs[3]

    columns, scale = quantized(weights["wte.weight"].T)
    embedding = graph.constant("wte_values", np.ascontiguousarray(columns.T))
    row_scale = graph.constant("wte_row_scale", scale.reshape(-1, 1))
    rows = graph.op("Cast", [graph.op("Gather", [embedding, "input_ids"])], to=FLOAT)
    tokens = graph.op("Mul", [rows, graph.op("Gather", [row_scale, "input_ids"])])
    stream = graph.op("Add", [tokens, graph.op("Gather", [vector("wpe.weight"), "position_ids"])])
    x = graph.op("LayerNormalization", [stream, vector("h.0.ln_1.weight"), vector("h.0.ln_1.bias")], axis=-1, epsilon=epsilon)
    for i in range(checkpoint.LAYERS):
        layer = f"h.{i}"
        qkv = linear(x, f"{layer}.attn.c_attn.weight", vector(f"{layer}.attn.c_attn.bias"))
        q, k, v = graph.op("Split", [qkv, integers("thirds", [checkpoint.WIDTH] * 3)], 3, axis=-1)
        cache = [f"past_key_values.{i}.key", f"past_key_values.{i}.value"]
        attended = [f"attended_{i}", f"present.{i}.key", f"present.{i}.value"]
        graph.op("MultiHeadAttention", [q, k, v, "", "", "", *cache], attended, MICROSOFT, num_heads=checkpoint.HEADS, unidirectional=1)
        x = linear(attended[0], f"{layer}.attn.c_proj.weight")
        x, stream = add_and_norm(x, f"{layer}.attn.c_proj.bias", stream, f"{layer}.ln_2")
        x = linear(x, f"{layer}.mlp.c_fc.weight")
        x = graph.op("FastGelu", [x, vector(f"{layer}.mlp.c_fc.bias")], domain=MICROSOFT)
        x = linear(x, f"{layer}.mlp.c_proj.weight")
        x, stream = add_and_norm(x, f"{layer}.mlp.c_proj.bias", stream, f"h.{i + 1}.ln_1" if i + 1 < checkpoint.LAYERS else "ln_f")
    # The last num_logits_to_keep positions; 0 keeps all.
    start = graph.op("Unsqueeze", [graph.op("Neg", ["num_logits_to_keep"]), integers("zero", [0])])
    x = graph.op("Slice", [x, start, integers("end", [2**62]), integers("one", [1])])
    head = graph.op("Transpose", [embedding], perm=[1, 0])
    graph.op("DynamicQuantizeMatMul", [x, head, graph.constant("wte_scale", scale)], ["logits"], MICROSOFT)
    return graph


def main(directory, out):
    batch, sequence, past, total = "batch_size", "sequence_length", "past_sequence_length", "total_sequence_length"
    head_size = checkpoint.WIDTH // checkpoint.HEADS
    inputs = [
        described(name, INT64, [batch, extent])
        for name, extent in (("input_ids", sequence), ("attention_mask", total), ("position_ids", sequence))
    ]
    inputs.append(described("num_logits_to_keep", INT64, []))
    outputs = [described("logits", FLOAT, [batch, "num_logits", checkpoint.VOCABULARY])]
    for i in range(checkpoint.LAYERS):
        for part in ("key", "value"):
            inputs.append(described(f"past_key_values.{i}.{part}", FLOAT, [batch, checkpoint.HEADS, past, head_size]))
            outputs.append(described(f"present.{i}.{part}", FLOAT, [batch, checkpoint.HEADS, total, head_size]))
    folder = os.path.join(out, "gpt2", "onnx")
    os.makedirs(folder, exist_ok=True)
    decoder(checkpoint.load(directory)).write(os.path.join(folder, "model_quantized.onnx"), inputs, outputs)


main(*sys.argv[1:])
