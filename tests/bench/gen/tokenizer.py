"""Writes what transformers.js reads beside the ONNX model, OUT/gpt2/*.json: tokenizer.py CHECKPOINT OUT."""

import json
import os
import sys

import checkpoint


def main(directory, out):
    tokens, merges = checkpoint.vocabulary(directory)
    end = tokens[checkpoint.END_OF_TEXT]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    files = {
        "config.json": {
            "architectures": ["GPT2LMHeadModel"],
            "model_type": "gpt2",
            "activation_function": "gelu_new",
            "n_ctx": checkpoint.CONTEXT,
            "n_positions": checkpoint.CONTEXT,
            "n_embd": checkpoint.WIDTH,
            "n_head": checkpoint.HEADS,
            "n_layer": checkpoint.LAYERS,
            "vocab_size": checkpoint.VOCABULARY,
            "layer_norm_epsilon": checkpoint.EPSILON,
            "bos_token_id": checkpoint.END_OF_TEXT,
            "use_cache": True,
        },
        # No end of sequence, so that every run has its full length.
        "generation_config.json": {"_from_model_config": True, "bos_token_id": checkpoint.END_OF_TEXT},
        "tokenizer.json": {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "normalizer": None,
            "added_tokens": [
                {
                    "id": checkpoint.END_OF_TEXT,
                    "content": end,
                    "single_word": False,
                    "lstrip": False,
                    "rstrip": False,
                    "normalized": False,
                    "special": True,
                }
            ],
            "pre_tokenizer": byte_level,
            "post_processor": {**byte_level, "trim_offsets": False},
            "decoder": byte_level,
            "model": {
                "type": "BPE",
                "dropout": None,
                "unk_token": None,
                "continuing_subword_prefix": "",
                "end_of_word_suffix": "",
                "fuse_unk": False,
                "vocab": {token: i for i, token in enumerate(tokens)},
                "merges": merges,
            },
        },
        "tokenizer_config.json": {
            "add_prefix_space": False,
            "bos_token": end,
            "eos_token": end,
            "unk_token": end,
            "pad_token": end,
            "padding_side": "left",
            "model_max_length": checkpoint.CONTEXT,
            "tokenizer_class": "GPT2Tokenizer",
            "clean_up_tokenization_spaces": False,
        },
    }
    os.makedirs(os.path.join(out, "gpt2"), exist_ok=True)
    for name, content in files.items():
        with open(os.path.join(out, "gpt2", name), "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False)


main(*sys.argv[1:])
