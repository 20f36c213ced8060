#!/usr/bin/env python3
"""Small files for the fuzz targets to start from, made of tests/golden and by hand: whole ones of
every kind, and one for each way in which a damaged file once did harm.

    tests/fuzz/seeds.py        writes tests/fuzz/corpus/TARGET/seed-NAME; needs nothing but Python
"""
import io
import json
import math
import pathlib
import re
import struct
import zipfile

ROOT = pathlib.Path(__file__).parent
GOLDEN = ROOT.parent / "golden"


def put(target, name, data):
    data = data if isinstance(data, bytes) else data.encode()
    assert len(data) < 16384, (target, name, len(data))
    folder = ROOT / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"seed-{name}").write_bytes(data)


def safetensors(header, data=b""):
    text = header if isinstance(header, str) else json.dumps(header)
    return struct.pack("<Q", len(text)) + text.encode() + data


def entry(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def write_safetensors():
    whole = {"__metadata__": {"step": "7"}, "a": entry("F32", [2, 3], 0, 24), "b": entry("BF16", [3], 24, 30),
             "c": entry("I64", [], 30, 38), "d": entry("F8_E4M3", [2], 38, 40)}
    put("safetensors", "whole", safetensors(whole, bytes(range(40))))
    put("safetensors", "unknown-type-huge", safetensors({"a": entry("F8", [1 << 40, 1 << 40, 2], 0, 0)}))
    put("safetensors", "nested", safetensors('{"__metadata__":' + "[" * 6000 + "]" * 6000 + "}"))
    put("safetensors", "large-number", safetensors('{"a": 1e999}'))


# Pickles by hand: a dictionary of a tensor whose shape, strides and offset are given as code.
STORAGE = b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0" + b"0X\x03\0\0\0cpuK\x08tQ"


def tensor(shape, stride=b"K\x01\x85", offset=b"K\x00"):
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + STORAGE + offset + shape + stride + b"tR"


def write_pickles():
    for name in ("plain", "wrapped", "evil"):
        path = GOLDEN / f"{name}.pt"
        put("pytorch", name, path.read_bytes())
        with zipfile.ZipFile(path) as archive:
            put("pickle", name, next(archive.read(m) for m in archive.namelist() if m.endswith("data.pkl")))
    one = b"\x80\x02}(X\x01\0\0\0a%su."
    put("pickle", "one", one % tensor(b"K\x02\x85"))
    far = one % tensor(b"K\x02\x85", b"K\x01\x85", b"\x8a\x08" + b"\xff" * 7 + b"\x7f")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for name, content in (("a/data.pkl", far), ("a/data/0", bytes(32))):
            file.writestr(zipfile.ZipInfo(name), content)
    put("pytorch", "far-offset", archive.getvalue())
    # The list of a long shape, kept once, makes tensor after tensor: (callable, arguments) -> R.
    bomb = b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\nq\0(" + STORAGE + b"K\0(" + b"K\1" * 4000 + b"tq\1h\1tq\2"
    put("pickle", "long-shape", bomb + b"h\0h\2R" * 1500 + b"}.")
    put("pickle", "long-call", b"\x80\x02ctorch\ndevice\nq\0(" + b"N" * 9000 + b"tq\1" + b"h\0h\1R0" * 1000 + b"}.")


class Gguf:
    def __init__(self):
        self.pairs, self.tensors, self.data, self.count = b"", b"", b"", 0
        self.tensor_count = 0

    @staticmethod
    def text(value):
        return struct.pack("<Q", len(value.encode())) + value.encode()

    @staticmethod
    def kind(value):
        return {bool: (7, "<?"), int: (5, "<i"), float: (6, "<f"), str: (8, None)}[type(value)]

    def scalar(self, value):
        form = self.kind(value)[1]
        return struct.pack(form, value) if form else self.text(value)

    def pair(self, key, value):
        self.count += 1
        self.pairs += self.text(key)
        if isinstance(value, list):
            self.pairs += struct.pack("<IIQ", 9, self.kind(value[0])[0], len(value))
            self.pairs += b"".join(self.scalar(v) for v in value)
        else:
            self.pairs += struct.pack("<I", self.kind(value)[0]) + self.scalar(value)
        return self

    def tensor(self, name, shape, kind, data):
        self.tensor_count += 1
        self.tensors += self.text(name) + struct.pack("<I", len(shape))
        self.tensors += b"".join(struct.pack("<Q", n) for n in reversed(shape))
        self.tensors += struct.pack("<IQ", kind, len(self.data))
        self.data += data + bytes(-len(data) % 32)
        return self

    def bytes(self):
        head = struct.pack("<IIQQ", 0x46554747, 3, self.tensor_count, self.count) + self.pairs + self.tensors
        return head + bytes(-len(head) % 32) + self.data


def write_gguf():
    kinds = {"Q4_0": 2, "Q4_1": 3, "Q5_0": 6, "Q5_1": 7, "Q8_0": 8, "Q4_K": 12, "Q5_K": 13, "Q6_K": 14}
    blocks = Gguf()
    for name, recorded in json.loads((GOLDEN / "gguf_files.json").read_text())["quantised"].items():
        values = len(recorded["values"])
        blocks.tensor(name, [values], kinds[name], bytes.fromhex(recorded["bytes"]))
    put("gguf", "blocks", blocks.bytes())
    for architecture in ("llama", "gemma3", "phi3", "stablelm", "smollm3", "gptneox"):
        model = Gguf().pair("general.architecture", architecture)
        for key, value in {"block_count": 1, "embedding_length": 4, "attention.head_count": 1,
                           "feed_forward_length": 4, "context_length": 8, "attention.layer_norm_epsilon": 1e-5,
                           "attention.layer_norm_rms_epsilon": 1e-5, "attention.sliding_window": 4}.items():
            model.pair(f"{architecture}.{key}", value)
        for name, shape in {"token_embd": [3, 4], "output_norm": [4], "blk.0.attn_norm": [4], "blk.0.ffn_norm": [4],
                            "blk.0.attn_q": [4, 4], "blk.0.attn_k": [4, 4], "blk.0.attn_v": [4, 4],
                            "blk.0.attn_output": [4, 4], "blk.0.ffn_gate": [4, 4], "blk.0.ffn_up": [4, 4],
                            "blk.0.ffn_down": [4, 4], "rope_freqs": [2]}.items():
            model.tensor(name + ".weight", shape, 0, struct.pack("<f", 0.5) * math.prod(shape))
        put("gguf", architecture, model.bytes())
    pieces = ["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)] + ["a", "b", "ab", "\u2581"]
    llama = Gguf().pair("tokenizer.ggml.model", "llama").pair("tokenizer.ggml.tokens", pieces)
    llama.pair("tokenizer.ggml.scores", [0.0] * len(pieces))
    llama.pair("tokenizer.ggml.token_type", [2, 3, 3] + [6] * 256 + [1] * 4)
    put("gguf", "tokenizer-llama", llama.bytes())
    gpt2 = Gguf().pair("tokenizer.ggml.model", "gpt2").pair("tokenizer.ggml.pre", "gpt-2")
    gpt2.pair("tokenizer.ggml.tokens", ["a", "b", "ab"]).pair("tokenizer.ggml.merges", ["a b"])
    put("gguf", "tokenizer-gpt2", gpt2.pair("tokenizer.ggml.token_type", [1, 1, 1]).bytes())


def write_llama2c():
    header = struct.pack("<7i", 4, 4, 1, 1, 1, 3, 2)
    rotation = [1, 1, math.cos(1), math.cos(0.01), 0, 0, math.sin(1), math.sin(0.01)]
    weights = [0.5] * (3 * 4 + 4 + 4 * 16 + 4 + 3 * 16 + 4) + rotation
    put("llama2c", "whole", header + struct.pack(f"<{len(weights)}f", *weights))
    pieces = [b"<unk>", b"\n<s>\n", b"\n</s>\n"] + [b"<0x%02X>" % b for b in range(256)] + [b"a", b"b", b"ab", b" "]
    listed = b"".join(struct.pack("<fi", -float(i), len(p)) + p for i, p in enumerate(pieces))
    put("llama2c_tokenizer", "whole", struct.pack("<i", 27) + listed)
    long = struct.pack("<fi", 1.0, 8000) + b"ab" * 4000
    put("llama2c_tokenizer", "long-piece", struct.pack("<i", 9000) + listed + long)


def write_configs():
    for model in json.loads((GOLDEN / "families.json").read_text())["models"]:
        put("huggingface", re.sub("[^a-z0-9]+", "-", model["name"].lower()), json.dumps(model["config"]))
        if model["name"] == "llama":
            llama = model["config"]
        if model["config"]["model_type"] == "smollm3":
            smollm3 = model["config"]
        if model["config"]["model_type"] == "stablelm":
            stablelm = model["config"]
    put("huggingface", "wide-head", json.dumps({**llama, "head_dim": 10**9}))
    put("huggingface", "no-interval", json.dumps({**smollm3, "no_rope_layers": None, "no_rope_layer_interval": 0}))
    put("huggingface", "many-heads", json.dumps({**stablelm, "qk_layernorm": True, "num_attention_heads": 10**9}))
    put("huggingface", "large-number", '{"model_type": "llama", "a": 1e999}')
    put("huggingface", "nested", '{"model_type": ' + "[" * 6000 + "]" * 6000 + "}")
    put("shard_index", "whole", '{"metadata": {}, "weight_map": {"a": "a.safetensors", "b": "a.safetensors"}}')
    put("shard_index", "missing", '{"weight_map": {"a": "b.safetensors"}}')
    manifest = {"format": "whatwhere-manifest", "version": 1, "weights": "a.safetensors",
                "model": {"vocabulary": 3, "width": 4, "layers": 1, "heads": 1, "key_heads": 1, "head_width": 4,
                          "hidden": 4, "activation": "gelu", "norm": "rms", "norm_epsilon": 1e-6, "windows": [2]},
                "encoding": {"name": "pope", "base": 10000, "rotary_width": 4, "delta": "a",
                             "delta_clamp": [-6.2832, 0], "magnitude": "softplus"},
                "tensors": {"embed.weight": "a", "blocks.{l}.attn.qkv.weight": ["a", "a"]}, "transpose": ["a"]}
    put("manifest", "whole", json.dumps(manifest))
    wide = {**manifest["model"], "head_width": 10**9}
    put("manifest", "wide-head", json.dumps({**manifest, "model": wide, "encoding": {"name": "pope"}}))
    deep = {**manifest["model"], "layers": 10**9}
    put("manifest", "many-layers", json.dumps({**manifest, "model": deep}))
    put("manifest", "long-name", json.dumps({**manifest, "tensors": {"embed.weight": "x" * 9000}}))


def write_tokenizers():
    model = {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "",
             "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
             "vocab": {"a": 0, "b": 1, "ab": 2, "c": 3, "\u2581": 4, "\u0120": 5}, "merges": ["a b"]}
    added = {"id": 6, "content": "<s>", "single_word": False, "lstrip": False, "rstrip": True, "normalized": True,
             "special": True}
    small = {"version": "1.0", "added_tokens": [added], "normalizer": None, "pre_tokenizer": None,
             "post_processor": None, "decoder": None, "model": model}
    for path in sorted((GOLDEN / "tokenizers").glob("*.json")):
        recorded = json.loads(path.read_text())
        parts = {key: recorded.get(key) for key in ("normalizer", "pre_tokenizer", "decoder")}
        put("tokenizer_json", path.stem, json.dumps({**small, **parts}) + '\0{"bos_token": "<s>"}')
    double = {"type": "Replace", "pattern": {"String": "s"}, "content": "ss"}
    put("tokenizer_json", "doubling", json.dumps({**small, "normalizer": {"type": "Sequence", "normalizers": [double] * 40}}))
    undo = {"type": "Sequence", "decoders": [{**double, "pattern": {"String": "a"}, "content": "aa"}] * 40}
    put("tokenizer_json", "doubling-back", json.dumps({**small, "decoder": undo}))
    regex = {"type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated", "invert": False}
    put("tokenizer_json", "regex", json.dumps({**small, "pre_tokenizer": regex}))
    repeats = {**regex, "pattern": {"Regex": "((a{0,999}){0,999}){0,999}"}}
    put("tokenizer_json", "repeats", json.dumps({**small, "pre_tokenizer": repeats}))
    vocabulary = json.dumps(model["vocab"])
    put("gpt2_files", "whole", vocabulary + "\0#version: 0.2\na b\n\0" + '{"add_prefix_space": true, "bos_token": "a"}')
    for name in ("Qwen2Tokenizer", "LlamaTokenizerFast"):
        config = {"tokenizer_class": name, "added_tokens_decoder": {"6": {k: v for k, v in added.items() if k != "id"}}}
        put("gpt2_files", name, vocabulary + "\0a b\n\0" + json.dumps(config))


def write_texts():
    put("texts", "ids", "1 2 3\n4,5\n\n511\n")
    put("texts", "text", "A line.\n\nCaf\u00e9,\n \u6f22\U0001f989\n")
    header = {"type": "header", "format": "whatwhere-record", "version": 1, "task": "indirect", "task_text": "indirect",
              "encoding": "rope", "arm": "rope", "parameters": 9, "steps": 2, "seeds": {"init": 0, "data": 1},
              "solved_at": 0.99, "rate": 0.001, "plateau": 0.5,
              "floors": [{"view": "what", "accuracy": 0.5, "standard_error": 0, "plateau": True}]}
    lines = [header, {"type": "eval", "step": 1, "val_acc": 0.5, "train_loss": 2.5},
             {"type": "test", "axis": "main", "right": 1, "asked": 2,
              "slices": {"shift": [{"value": -1, "right": 1, "asked": 2}]}, "pointer_errors": {"0": 0.5}},
             {"type": "resume", "step": 1},
             {"type": "close", "steps": 2, "seconds": 1.5, "stopped": "steps", "label": "floor", "solved_step": None}]
    put("record", "whole", "".join(json.dumps(line) + "\n" for line in lines))
    put("record", "nested", '{"type": ' + "[" * 6000 + "]" * 6000 + "}\n")


RUN = {"format": "whatwhere-model", "version": 1,
       "model": {"activation": "gelu", "attention_scale": 0.0, "embedding_scale": 1.0, "encoding": "pope",
                 "encoding_options": {"alibi-heads": 1.0, "base": 10000.0, "keep-fraction": 1.0, "max-length": 16,
                                      "pope-delta": "zero", "pope-magnitude": "softplus", "rope-layout": "half",
                                      "rotary-fraction": 1.0, "t5-buckets": 4, "t5-max-distance": 8},
                 "gated": False, "head_bias": False, "head_width": 4, "heads": 1, "hidden": 4, "key_heads": 1,
                 "layer_tables": [], "layers": 1, "logit_cap": 0.0, "mlp_bias": False, "norm": "rms",
                 "norm_bias": False, "norm_epsilon": 1e-06, "norm_place": "before", "norm_weight": True,
                 "out_bias": False, "parallel": False, "qk_norm": "none", "qk_norm_bias": False, "qkv_bias": False,
                 "qkv_clip": 0.0, "score_cap": 0.0, "shared_norm": False, "tables": [], "tied": False,
                 "train_length": 0, "vocabulary": 20, "width": 4, "windows": []},
       "task": {"name": "indirect", "options": {}, "preset": "cpu"},
       "training": {"data_seed": 1, "encoding_options": {}, "options": {"steps": "32"}, "random_positions": 0,
                    "seed": 1}}
RUN_SHAPES = {"embed.weight": [20, 4], "norm.weight": [4], "head.weight": [20, 4], "blocks.0.attn_norm.weight": [4],
              "blocks.0.attn.qkv.weight": [12, 4], "blocks.0.attn.out.weight": [4, 4],
              "blocks.0.attn.delta": [1, 4], "blocks.0.mlp_norm.weight": [4], "blocks.0.mlp.in.weight": [4, 4],
              "blocks.0.mlp.out.weight": [4, 4]}
LLAMA = {"model_type": "llama", "vocab_size": 3, "hidden_size": 4, "num_hidden_layers": 1, "num_attention_heads": 1,
         "intermediate_size": 4, "max_position_embeddings": 8}
LAYER = "model.layers.0."
LLAMA_SHAPES = {"model.embed_tokens.weight": [3, 4], "model.norm.weight": [4], "lm_head.weight": [3, 4],
                **{f"{LAYER}{n}_layernorm.weight": [4] for n in ("input", "post_attention")},
                **{f"{LAYER}self_attn.{n}_proj.weight": [4, 4] for n in "qkvo"},
                **{f"{LAYER}mlp.{n}_proj.weight": [4, 4] for n in ("gate", "up", "down")}}


def halves(shapes):
    header, end = {}, 0
    for name in sorted(shapes):
        begin, end = end, end + 4 * math.prod(shapes[name])
        header[name] = entry("F32", shapes[name], begin, end)
    return safetensors(header, struct.pack("<f", 0.5) * (end // 4))


def write_checkpoints():
    """Seeds of the target that goes to the logits, and the files that stand beside them."""
    run, llama = json.dumps(RUN), json.dumps(LLAMA)
    beside = {"config/model.safetensors": halves(LLAMA_SHAPES), "weights/config.json": llama.encode(),
              "pytorch/config.json": llama.encode(), "run/model.safetensors": halves(RUN_SHAPES),
              "run_weights/config.json": run.encode(), "manifest/a.safetensors": halves({"a": [1, 4]})}
    for name, data in beside.items():
        path = ROOT / "beside" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    put("checkpoint", "config", "c" + llama)
    put("checkpoint", "weights", b"s" + halves(LLAMA_SHAPES))
    put("checkpoint", "run", "r" + run)
    put("checkpoint", "run-weights", b"w" + halves(RUN_SHAPES))
    for kind, seed in {"g": "gguf/seed-llama", "b": "llama2c/seed-whole", "j": "pytorch/seed-plain",
                       "m": "manifest/seed-whole"}.items():
        put("checkpoint", seed.split("/")[0], kind.encode() + (ROOT / "corpus" / seed).read_bytes())
    for name, change in {"many-layers": {"layers": 10**9}, "wide": {"width": 10**12}, "learned": {
            "encoding": "learned", "encoding_options": {**RUN["model"]["encoding_options"], "max-length": 10**12}}}.items():
        put("checkpoint", f"run-{name}", "r" + json.dumps({**RUN, "model": {**RUN["model"], **change}}))


for write in (write_safetensors, write_pickles, write_gguf, write_llama2c, write_configs, write_tokenizers, write_texts,
              write_checkpoints):
    write()
