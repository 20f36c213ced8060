"""Records tests/golden/families.json: what the reference library computes with tiny models of every
family and rope type.

    python tests/golden/families.py > tests/golden/families.json

Needs torch and transformers. Weights are not recorded: element i of tensor NAME is a function of both,
    u = splitmix64(fnv1a64(NAME) + i) / 2^63 - 1,    matrices 0.25 u, vectors 0.2 u (+ 1 for the weights
of norms that are not stored minus 1), in float32, so that a test can make the same file. For each model:
config.json, names and shapes, ids, some rows of the logits, and the mean norms of queries and keys before rotation
[layer][frequency] over all heads and all positions but the first.
"""

import json
import sys

import torch
import transformers

from made import made

ROWS = [1, 5, 11, 17, 23]  # of the logits that are kept
IDS = [(7 * i * i + 3 * i + 1) % 40 for i in range(24)]
SIZES = dict(vocab_size=40, hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
             intermediate_size=48, max_position_embeddings=64, bos_token_id=None, eos_token_id=None,
             pad_token_id=None)
GROUPED = dict(SIZES, num_key_value_heads=2)


def rope(kind="default", theta=10000.0, **more):
    return {"rope_parameters": dict(rope_type=kind, rope_theta=theta, **more)}


VARIANTS = [
    ("llama", "llama", dict(SIZES), None),
    ("llama grouped, biases, tied", "llama",
     dict(GROUPED, head_dim=6, attention_bias=True, mlp_bias=True, tie_word_embeddings=True,
          **rope(theta=500.0)), None),
    ("llama linear", "llama", dict(GROUPED, **rope("linear", factor=4.0)), None),
    ("llama linear, old form", "llama", dict(GROUPED, **rope("linear", theta=300.0, factor=4.0)),
     dict(rope_theta=300.0, rope_scaling=dict(type="linear", factor=4.0))),
    ("llama dynamic", "llama",
     dict(GROUPED, **rope("dynamic", factor=2.0), max_position_embeddings=16), None),
    ("llama dynamic, short text", "llama", dict(GROUPED, **rope("dynamic", factor=2.0)), None),
    ("llama yarn", "llama",
     dict(GROUPED, **rope("yarn", factor=4.0, original_max_position_embeddings=16)), None),
    ("llama yarn, all options", "llama",
     dict(GROUPED, **rope("yarn", factor=4.0, original_max_position_embeddings=16, beta_fast=16.0,
                          beta_slow=2.0, mscale=1.2, mscale_all_dim=0.7, truncate=False)), None),
    ("llama llama3", "llama",
     dict(GROUPED, head_dim=16,
          **rope("llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                 original_max_position_embeddings=64)), None),
    ("llama proportional", "llama",
     dict(GROUPED, **rope("proportional", partial_rotary_factor=0.5, factor=2.0)), None),
    ("mistral", "mistral", dict(GROUPED, sliding_window=8), None),
    ("qwen2", "qwen2", dict(GROUPED, tie_word_embeddings=True), None),
    ("qwen2 sliding", "qwen2",
     dict(GROUPED, use_sliding_window=True, sliding_window=6, max_window_layers=1), None),
    ("qwen3", "qwen3", dict(GROUPED, head_dim=12), None),
    ("gemma", "gemma", dict(GROUPED, head_dim=12, hidden_act="gelu_pytorch_tanh"), None),
    ("gemma2", "gemma2",
     dict(GROUPED, head_dim=12, query_pre_attn_scalar=20, sliding_window=6,
          attn_logit_softcapping=5.0, final_logit_softcapping=3.0), None),
    ("gemma2, scaled by its width", "gemma2",
     dict(GROUPED, head_dim=12, query_pre_attn_scalar=12, sliding_window=6), None),
    ("gemma3 of six layers", "gemma3_text",
     dict(GROUPED, num_hidden_layers=6, head_dim=12, query_pre_attn_scalar=12, sliding_window=6,
          rope_parameters=dict(full_attention=dict(rope_type="linear", factor=8.0, rope_theta=1e6),
                               sliding_attention=dict(rope_type="default", rope_theta=1e4))), None),
    ("gemma3", "gemma3_text",
     dict(GROUPED, num_hidden_layers=3, head_dim=12, query_pre_attn_scalar=20, sliding_window=6,
          layer_types=["sliding_attention", "sliding_attention", "full_attention"],
          rope_parameters=dict(full_attention=dict(rope_type="linear", factor=8.0, rope_theta=1e6),
                               sliding_attention=dict(rope_type="default", rope_theta=1e4))), None),
    ("gemma3, old form", "gemma3_text",
     dict(GROUPED, num_hidden_layers=3, head_dim=12, query_pre_attn_scalar=20, sliding_window=6,
          layer_types=["sliding_attention", "sliding_attention", "full_attention"],
          rope_parameters=dict(full_attention=dict(rope_type="linear", factor=8.0, rope_theta=1e6),
                               sliding_attention=dict(rope_type="default", rope_theta=1e4))),
     dict(rope_theta=1e6, rope_local_base_freq=1e4, rope_scaling=dict(rope_type="linear", factor=8.0),
          sliding_window_pattern=3, layer_types=None)),
    ("gpt_neox", "gpt_neox", dict(SIZES, **rope(partial_rotary_factor=0.25)), None),
    ("gpt_neox sequential, old form", "gpt_neox",
     dict(SIZES, use_parallel_residual=False, **rope(theta=500.0, partial_rotary_factor=0.5)),
     dict(rotary_pct=0.5, rotary_emb_base=500)),
    ("gptj", "gptj",
     dict(vocab_size=40, n_embd=32, n_layer=2, n_head=4, n_positions=64, rotary_dim=4,
          bos_token_id=None, eos_token_id=None, tie_word_embeddings=False), None),
    ("phi", "phi", dict(GROUPED, **rope(partial_rotary_factor=0.5)), None),
    ("phi with norms, old form", "phi",
     dict(SIZES, qk_layernorm=True, **rope(partial_rotary_factor=0.5)),
     dict(partial_rotary_factor=0.5, rope_theta=10000.0)),
    ("phi3", "phi3", dict(GROUPED, sliding_window=8), None),
    ("phi3 longrope, long", "phi3",
     dict(GROUPED, original_max_position_embeddings=16,
          **rope("longrope", short_factor=[1.0, 1.1, 1.3, 1.7], long_factor=[1.0, 2.0, 4.0, 7.0])), None),
    ("phi3 longrope, short, partial, old form", "phi3",
     dict(GROUPED, original_max_position_embeddings=32,
          **rope("longrope", short_factor=[1.0, 1.1, 1.3], long_factor=[1.0, 2.0, 4.0],
                 partial_rotary_factor=0.75)),
     dict(partial_rotary_factor=0.75, rope_theta=10000.0,
          rope_scaling=dict(type="su", short_factor=[1.0, 1.1, 1.3], long_factor=[1.0, 2.0, 4.0]))),
    ("olmo", "olmo", dict(GROUPED, clip_qkv=0.4), None),
    ("olmo2", "olmo2", dict(GROUPED), None),
    ("stablelm", "stablelm", dict(GROUPED, use_qkv_bias=True, **rope(partial_rotary_factor=0.25)), None),
    ("stablelm parallel, norms of each head", "stablelm",
     dict(GROUPED, use_parallel_residual=True, qk_layernorm=True, **rope(partial_rotary_factor=0.5)), None),
    ("smollm3", "smollm3",
     dict(GROUPED, num_hidden_layers=4, no_rope_layers=[1, 1, 1, 0], **rope(theta=2e6)), None),
]


def capture(module, record):
    """Wraps the module's function that turns queries and keys, to see what it is given."""
    original = module.apply_rotary_pos_emb

    def watched(*arguments, **named):
        record.append([a.detach().clone() for a in arguments[:2]])
        return original(*arguments, **named)

    module.apply_rotary_pos_emb = watched
    return lambda: setattr(module, "apply_rotary_pos_emb", original)


def chunk_norms(x, frequencies, adjacent):
    x = x[0].double()  # [H, T, D] or [T, H, D]
    if adjacent:
        x = x.transpose(0, 1)
        z = torch.stack([x[..., 0 : 2 * frequencies : 2], x[..., 1 : 2 * frequencies : 2]])
    else:
        z = torch.stack([x[..., :frequencies], x[..., frequencies : 2 * frequencies]])
    return z.norm(dim=0)[:, 1:].mean((0, 1)).tolist()


def record(name, kind, options, old):
    config = transformers.CONFIG_MAPPING[kind](**options)
    config._attn_implementation = "eager"
    model = transformers.AutoModelForCausalLM.from_config(config).eval().float()
    minus_one = kind.startswith("gemma")
    state, shapes = model.state_dict(), {}
    tied = bool(getattr(config, "tie_word_embeddings", False))
    with torch.no_grad():
        for key, value in state.items():
            if tied and key in ("lm_head.weight", "embed_out.weight"):
                continue
            value.copy_(torch.from_numpy(made(key, value.shape, minus_one)))
            shapes[key] = list(value.shape)
    module = sys.modules[type(model).__module__]
    seen = []
    restore = capture(module, seen)
    with torch.no_grad():
        logits = model(torch.tensor([IDS])).logits[0]
    restore()
    adjacent = kind == "gptj"
    if adjacent:  # turns keys, then queries, one at a time
        seen = [[seen[i + 1][0], seen[i][0]] for i in range(0, len(seen), 2)]
    frequencies = {"gptj": 2}.get(kind)
    if frequencies is None:
        rotary = next(m for n, m in model.named_modules() if n.endswith("rotary_emb"))
        buffers = dict(rotary.named_buffers())
        frequencies = next(v for k, v in buffers.items() if k.endswith("inv_freq")).numel()
    written = json.loads(config.to_json_string())
    if old is not None:
        written.pop("rope_parameters", None)
        written.update(old)
    written = {k: v for k, v in written.items() if k not in ("transformers_version", "architectures")}
    return {
        "name": name, "config": written, "shapes": shapes, "norms_minus_one": minus_one,
        "logits": [[round(v, 6) for v in row] for row in logits[ROWS].double().tolist()],
        "query_norms": [chunk_norms(q, frequencies, adjacent) for q, _ in seen],
        "key_norms": [chunk_norms(k, frequencies, adjacent) for _, k in seen],
    }


def main():
    transformers.logging.set_verbosity_error()
    models = [record(*variant) for variant in VARIANTS]
    print(json.dumps({"transformers": transformers.__version__, "ids": IDS, "rows": ROWS, "models": models}))


main()
