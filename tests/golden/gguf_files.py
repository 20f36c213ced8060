"""Records tests/golden/gguf_files.json: how models of tests/golden/families.json look as GGUF files, and what
quantised blocks stand for.

    python tests/golden/gguf_files.py > tests/golden/gguf_files.json

Needs numpy and the gguf package, whose table of tensor names and whose dequantisation are the reference.
For each model: metadata [key, type, value], and tensors [name, source, shape, rule], where a rule says
what a converter does to the source's rows: "permute" (halves of a head to adjacent pairs), "neox" (query,
key, value of each head to all queries, all keys, all values), "add" (1 more), "join" (several sources).
For each quantised type: random blocks in hexadecimal and their values.
"""

import json
import pathlib

import gguf
import numpy as np

FAMILIES = pathlib.Path(__file__).with_name("families.json")
ARCHITECTURES = {
    "llama": ("llama", "LLAMA"), "mistral": ("llama", "LLAMA"), "qwen2": ("qwen2", "QWEN2"),
    "qwen3": ("qwen3", "QWEN3"), "gemma": ("gemma", "GEMMA"), "gemma2": ("gemma2", "GEMMA2"),
    "gemma3_text": ("gemma3", "GEMMA3"), "gpt_neox": ("gptneox", "GPTNEOX"), "phi": ("phi2", "PHI2"),
    "phi3": ("phi3", "PHI3"), "olmo": ("olmo", "OLMO"), "olmo2": ("olmo2", "OLMO2"),
    "stablelm": ("stablelm", "STABLELM"), "smollm3": ("smollm3", "SMOLLM3")}
PERMUTED = {"llama", "olmo", "smollm3"}
MODELS = ["llama", "llama grouped, biases, tied", "llama linear", "llama llama3", "qwen2", "qwen3",
          "gemma", "gemma2, scaled by its width", "gemma3 of six layers", "gpt_neox", "gpt_neox sequential, old form", "phi", "phi3",
          "phi3 longrope, long", "olmo", "olmo2", "stablelm",
          "stablelm parallel, norms of each head", "smollm3"]


def rope_of(config):
    rope = config.get("rope_parameters") or {}
    return rope.get("full_attention", rope)


def metadata(arch, config):
    a = arch + "."
    heads = config["num_attention_heads"]
    head_dim = config.get("head_dim") or config["hidden_size"] // heads
    rope = rope_of(config)
    theta = rope.get("rope_theta", config.get("rotary_emb_base", config.get("rope_theta", 10000.0)))
    partial = rope.get("partial_rotary_factor", config.get("rotary_pct", config.get("partial_rotary_factor", 1.0)))
    pairs = [["general.architecture", "string", arch],
             [a + "block_count", "u32", config["num_hidden_layers"]],
             [a + "embedding_length", "u32", config["hidden_size"]],
             [a + "feed_forward_length", "u32", config["intermediate_size"]],
             [a + "context_length", "u32", config["max_position_embeddings"]],
             [a + "attention.head_count", "u32", heads],
             [a + "attention.head_count_kv", "u32", config.get("num_key_value_heads") or heads],
             [a + "rope.freq_base", "f32", theta],
             [a + "rope.dimension_count", "u32", int(head_dim * partial)]]
    if config.get("head_dim"):
        pairs += [[a + "attention.key_length", "u32", head_dim],
                  [a + "attention.value_length", "u32", head_dim]]
    if "rms_norm_eps" in config:
        pairs.append([a + "attention.layer_norm_rms_epsilon", "f32", config["rms_norm_eps"]])
    if "layer_norm_eps" in config:
        pairs.append([a + "attention.layer_norm_epsilon", "f32", config["layer_norm_eps"]])
    if arch == "gptneox":
        pairs.append([a + "use_parallel_residual", "bool", config.get("use_parallel_residual", True)])
    if arch == "olmo":
        pairs += [[a + "attention.layer_norm_epsilon", "f32", 1e-5],
                  [a + "attention.clamp_kqv", "f32", config["clip_qkv"]]]
    if arch in ("gemma2", "gemma3", "phi3") and config.get("sliding_window"):
        pairs.append([a + "attention.sliding_window", "u32", config["sliding_window"]])
    if arch == "gemma2":
        pairs += [[a + "attn_logit_softcapping", "f32", config["attn_logit_softcapping"]],
                  [a + "final_logit_softcapping", "f32", config["final_logit_softcapping"]]]
    if rope.get("rope_type") == "linear":
        pairs += [[a + "rope.scaling.type", "string", "linear"],
                  [a + "rope.scaling.factor", "f32", rope["factor"]]]
    if rope.get("rope_type") == "longrope":
        original = config["original_max_position_embeddings"]
        scale = config["max_position_embeddings"] / original
        pairs += [[a + "rope.scaling.original_context_length", "u32", original],
                  [a + "rope.scaling.attn_factor", "f32",
                   float(np.sqrt(1 + np.log(scale) / np.log(original)))]]
    return pairs


def extra_tensors(config):
    """Frequencies that a converter writes as tensors: [name, values]."""
    rope = rope_of(config)
    if rope.get("rope_type") == "longrope":
        return [["rope_factors_long.weight", rope["long_factor"]],
                ["rope_factors_short.weight", rope["short_factor"]]]
    if rope.get("rope_type") != "llama3":
        return []
    base, dim = rope["rope_theta"], config["head_dim"]
    factors = []
    for i in range(dim // 2):
        wavelength = 2 * np.pi * base ** (2 * i / dim)
        low = rope["original_max_position_embeddings"] / rope["low_freq_factor"]
        high = rope["original_max_position_embeddings"] / rope["high_freq_factor"]
        if wavelength < high:
            factors.append(1.0)
        elif wavelength > low:
            factors.append(rope["factor"])
        else:
            smooth = (rope["original_max_position_embeddings"] / wavelength - rope["low_freq_factor"]) / (
                rope["high_freq_factor"] - rope["low_freq_factor"])
            factors.append(1 / ((1 - smooth) / rope["factor"] + smooth))
    return [["rope_freqs.weight", factors]]


def tensors(arch, key, model):
    config, layers = model["config"], model["config"]["num_hidden_layers"]
    names = gguf.get_tensor_name_map(getattr(gguf.MODEL_ARCH, key), layers)
    heads = config["num_attention_heads"]
    rows, joined = [], {}
    for source, shape in model["shapes"].items():
        if ".norms." in source:  # the norms of each head become one tensor
            joined.setdefault(source.split(".norms.")[0] + ".weight", []).append(source)
            continue
        rule = ""
        if arch in PERMUTED and (".q_proj." in source or ".k_proj." in source):
            rule = "permute %d" % (heads if ".q_proj." in source else config.get("num_key_value_heads") or heads)
        if ".query_key_value." in source:
            rule = "neox %d" % heads
        if model["norms_minus_one"] and source.endswith("norm.weight"):
            rule = "add"
        plain = "embed_out.weight" if source == "lm_head.weight" and arch == "gptneox" else source
        name = names.get_name(plain, try_suffixes=(".weight", ".bias"))
        assert name, (arch, source)
        rows.append([name, source, shape, rule])
    for target, sources in joined.items():
        name = names.get_name(target, try_suffixes=(".weight", ".bias"))
        assert name, (arch, target)
        rows.append([name, sources, [len(sources)] + model["shapes"][sources[0]], "join"])
    return rows


def quantised():
    generator = np.random.default_rng(11)
    result = {}
    for name in ["Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"]:
        kind = gguf.GGMLQuantizationType[name]
        elements, size = gguf.GGML_QUANT_SIZES[kind]
        blocks = generator.integers(0, 256, size=(2, size), dtype=np.uint8)
        halves = {"Q6_K": [208]}.get(name, [0] if name in ("Q8_0", "Q4_0", "Q5_0") else [0, 2])
        for at in halves:  # a scale that is no infinity
            scale = generator.uniform(0.001, 0.1, size=2).astype(np.float16)
            blocks[:, at : at + 2] = scale.view(np.uint8).reshape(2, 2)
        values = gguf.quants.dequantize(blocks, kind).reshape(-1)
        result[name] = {"bytes": blocks.tobytes().hex(), "values": [float(v) for v in values]}
    return result


def main():
    families = {m["name"]: m for m in json.loads(FAMILIES.read_text())["models"]}
    models = []
    for name in MODELS:
        model = families[name]
        arch, key = ARCHITECTURES[model["config"]["model_type"]]
        models.append({"name": name, "metadata": metadata(arch, model["config"]),
                       "tensors": tensors(arch, key, model), "extra": extra_tensors(model["config"])})
    print(json.dumps({"gguf": "gguf-py", "models": models, "quantised": quantised()}))


main()
