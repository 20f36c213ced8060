"""Records tests/golden/config_keys.json: what the reference library makes of a configuration when a key is
removed, null, set to another value, or is one that the family does not have.

    python tests/golden/config_keys.py > tests/golden/config_keys.json

Needs torch, safetensors and transformers. For every family there are two configurations that state every key, in
the form of version 5 (rope_parameters) and in the older one (rope_theta, rope_scaling), and a file of weights
made as in families.py. A case is a change of one of the two. Its outcome is "logits" (some numbers of two rows), "same" (those of the unchanged configuration), or
"refused" where the library fails, finds a tensor of another shape, or would fill one with random numbers. "loose" marks
cases in which the library leaves tensors of the file unread: a reader may refuse those. Where the change alters the
shapes, "shapes" has those of a file that fits; without it the file is the one of the unchanged configuration.
"""

import contextlib
import copy
import io
import json
import os
import sys
import tempfile
import warnings

import torch
import transformers
from safetensors.torch import save_file

sys.path.insert(0, os.path.dirname(__file__))
from made import made  # noqa: E402

IDS = [(7 * i * i + 3 * i + 1) % 40 for i in range(24)]
ROWS, COLUMNS = [7, 23], 6
FAMILIES = ["llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3_text", "gpt_neox", "gptj", "phi", "phi3",
            "olmo", "olmo2", "stablelm", "smollm3"]
SILENT = ["architectures", "transformers_version", "dtype", "id2label", "label2id", "problem_type", "_name_or_path",
          "output_hidden_states", "return_dict", "chunk_size_feed_forward", "is_encoder_decoder", "output_attentions",
          "_sliding_window_pattern", "initializer_range", "use_cache", "pad_token_id", "bos_token_id", "eos_token_id",
          "pretraining_tp", "attention_dropout", "hidden_dropout", "classifier_dropout", "resid_pdrop", "embd_pdrop",
          "attn_pdrop", "is_decoder", "model_type"]
# Sizes and switches that are not the classes' own.
SMALL = dict(vocab_size=40, hidden_size=32, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2,
             intermediate_size=48, max_position_embeddings=64, head_dim=12, rms_norm_eps=1e-4, layer_norm_eps=1e-4,
             layer_norm_epsilon=1e-4, n_embd=32, n_layer=3, n_head=4, n_positions=64, n_inner=40, rotary_dim=4,
             original_max_position_embeddings=32, query_pre_attn_scalar=20, sliding_window=6,
             attn_logit_softcapping=5.0, final_logit_softcapping=3.0, clip_qkv=0.4, max_window_layers=1,
             no_rope_layers=[1, 0, 1], no_rope_layer_interval=2)
TYPES = ["sliding_attention", "full_attention", "sliding_attention"]
ROPES = [
    {"rope_type": "default"}, {"rope_type": "default", "rope_theta": 300.0}, {"rope_theta": 300.0}, {},
    {"rope_type": "linear", "rope_theta": 300.0, "factor": 4.0}, {"rope_type": "linear", "factor": 4.0},
    {"rope_type": "linear"},
    {"rope_type": "dynamic", "rope_theta": 300.0, "factor": 4.0},
    {"rope_type": "yarn", "rope_theta": 300.0, "factor": 4.0, "original_max_position_embeddings": 16},
    {"rope_type": "yarn", "rope_theta": 300.0, "factor": 4.0},
    {"rope_type": "llama3", "rope_theta": 300.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
     "original_max_position_embeddings": 32},
    {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0},
    {"rope_type": "default", "rope_theta": 300.0, "partial_rotary_factor": 0.5},
    {"rope_type": "linear", "rope_theta": 300.0, "factor": 4.0, "partial_rotary_factor": 0.5},
    {"rope_type": "proportional", "rope_theta": 300.0, "partial_rotary_factor": 0.5},
    {"full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 300.0},
     "sliding_attention": {"rope_type": "default", "rope_theta": 40.0}},
    {"full_attention": {"rope_type": "linear", "factor": 8.0}},
    {"full_attention": {"rope_theta": 300.0}, "sliding_attention": {"rope_theta": 40.0}},
]
OTHERS = dict(
    vocab_size=[44], hidden_size=[48], num_hidden_layers=[2], num_attention_heads=[2], num_key_value_heads=[1, 4],
    intermediate_size=[56], max_position_embeddings=[16, 128], head_dim=[16], rms_norm_eps=[1e-2],
    layer_norm_eps=[1e-2], layer_norm_epsilon=[1e-2], n_embd=[48], n_layer=[2], n_head=[2], n_positions=[16],
    n_inner=[56], rotary_dim=[6, 8], original_max_position_embeddings=[16, 64], query_pre_attn_scalar=[7],
    sliding_window=[3], attn_logit_softcapping=[2.0], final_logit_softcapping=[1.5], clip_qkv=[0.2],
    max_window_layers=[0, 2], no_rope_layers=[[0, 1, 1], [1, 0, 1, 0, 1], [1]], no_rope_layer_interval=[3],
    layer_types=[["full_attention"] * 3, ["full_attention", "sliding_attention", "full_attention"],
                 ["sliding_attention"] * 3, ["full_attention"] * 2],
    hidden_act=["silu", "swish", "gelu", "gelu_new", "gelu_fast", "gelu_pytorch_tanh", "gelu_python", "gelu_accurate",
                "relu", "relu2", "quick_gelu", "tanh", "sigmoid", "mish", "relu6", "leaky_relu", "gelu_10",
                "hardswish", "linear", "no_such"],
    rope_parameters=ROPES,
    is_causal=[False, True], use_bidirectional_attention=[True],
    # the older form, and keys that stand in configurations of other families
    rope_theta=[300.0], rotary_emb_base=[300.0], rope_scaling=[None, {"type": "linear", "factor": 4.0},
        {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16}],
    partial_rotary_factor=[0.5, 1.0], rotary_pct=[0.5], rope_pct=[0.5], rope_local_base_freq=[40.0],
    sliding_window_pattern=[2], embedding_multiplier=[3.0], logits_scaling=[2.0], residual_multiplier=[0.5],
    attention_multiplier=[0.3], num_experts=[4], num_local_experts=[4], auto_map=[{"AutoModel": "a.B"}],
    norm_eps=[1e-2], rope_interleaved=[True], no_such_key=[7], n_ctx=[16], multi_query=[True], alibi=[True],
    scale_attn_weights=[False], softmax_scale=[0.2], attn_scale=[0.2],
)
OTHERS["hidden_activation"] = OTHERS["activation_function"] = OTHERS["hidden_act"]
FLAGS = ["tie_word_embeddings", "attention_bias", "mlp_bias", "use_sliding_window", "use_parallel_residual",
         "qk_layernorm", "use_qkv_bias"]
for flag in FLAGS:
    OTHERS[flag] = [True, False]
OLD = ["rope_theta", "rope_scaling", "partial_rotary_factor", "rotary_pct", "rotary_emb_base", "rope_local_base_freq",
       "sliding_window_pattern"]


def base_config(family):
    config = transformers.CONFIG_MAPPING[family]().to_dict()
    stated = {key: SMALL.get(key, value) for key, value in config.items() if key not in SILENT}
    share = {"gpt_neox": 0.25, "phi": 0.5, "stablelm": 0.25}.get(family)
    if "rope_parameters" in stated:
        stated["rope_parameters"] = {"rope_type": "default", "rope_theta": 500.0}
        if share:
            stated["rope_parameters"]["partial_rotary_factor"] = 2 * share
    if family == "gemma3_text":
        stated["rope_parameters"] = {"full_attention": {"rope_type": "default", "rope_theta": 700.0},
                                     "sliding_attention": {"rope_type": "default", "rope_theta": 90.0}}
    if "layer_types" in stated:
        stated["layer_types"] = list(TYPES)
    for flag in ["use_sliding_window", "attention_bias", "mlp_bias", "use_qkv_bias"]:
        if flag in stated:
            stated[flag] = True
    if "head_dim" in stated and family == "llama":
        stated["head_dim"] = 12
    if family in ("gpt_neox", "gptj"):
        stated.pop("num_key_value_heads", None)
    return dict(model_type=family, bos_token_id=None, eos_token_id=None, pad_token_id=None, **stated)


def old_form(family, config):
    if "rope_parameters" not in config:
        return None
    old = {key: value for key, value in config.items() if key != "rope_parameters"}
    old["rope_theta"] = 500.0
    old["rope_scaling"] = None
    if family == "gpt_neox":
        old.pop("rope_theta")
        old.update(rotary_emb_base=500, rotary_pct=0.5)
    if family in ("phi", "stablelm"):
        old["partial_rotary_factor"] = 0.5
    if family == "gemma3_text":
        old.update(rope_local_base_freq=90.0, sliding_window_pattern=2)
        old.pop("layer_types")
    elif "layer_types" in old:
        old.pop("layer_types")
    return old


def changes(family, config, old):
    keys = [key for key in config if not key.endswith("token_id") and key != "model_type"]
    for key in keys:
        yield {"remove": key}
        if config[key] is not None:
            yield {"set": {key: None}}
    for key, values in OTHERS.items():
        if old and key not in OLD and key not in ("layer_types", "sliding_window"):
            continue
        for value in values:
            if key not in config or config[key] != value:
                yield {"set": {key: value}}
    if old:
        for first, second in [("rope_theta", "rope_scaling"), ("rope_theta", "partial_rotary_factor")]:
            yield {"set": {first: 200.0, second: OTHERS[second][1]}}


def apply(config, change):
    changed = {key: value for key, value in config.items() if key != change.get("remove")}
    changed.update(change.get("set", {}))
    return copy.deepcopy(changed)  # the library writes into what it is given


def weights_for(model, family):
    tied = bool(getattr(model.config, "tie_word_embeddings", False))
    minus_one = family.startswith("gemma")
    return {key: torch.from_numpy(made(key, value.shape, minus_one)) for key, value in model.state_dict().items()
            if not (tied and key in ("lm_head.weight", "embed_out.weight"))}


def build(config):
    made_config = transformers.AutoConfig.for_model(**copy.deepcopy(config))
    made_config._attn_implementation = "eager"
    return transformers.AutoModelForCausalLM.from_config(made_config)


def run(config, tensors):
    """(logits, loose) or None where the library refuses or would draw a tensor at random."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "config.json"), "w") as file:
            json.dump(config, file)
        save_file(tensors, os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})
        model, info = transformers.AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True, local_files_only=True)
        if info["missing_keys"] or info["mismatched_keys"]:
            return None
        with torch.no_grad():
            logits = model.eval()(torch.tensor([IDS])).logits[0]
        if not torch.isfinite(logits).all():
            return None
        return logits, bool(info["unexpected_keys"])


SIZE_LIMIT = {"hidden_size": 64, "n_embd": 64, "intermediate_size": 64, "n_inner": 64, "num_hidden_layers": 4,
              "n_layer": 4, "num_attention_heads": 8, "n_head": 8, "num_key_value_heads": 8, "vocab_size": 64,
              "head_dim": 16}


def too_large(config, family):
    """A configuration of the class's own sizes fits no small file: it can only be refused."""
    full = transformers.AutoConfig.for_model(**copy.deepcopy(config))
    return any((getattr(full, key, 0) or 0) > limit for key, limit in SIZE_LIMIT.items())


def outcome(family, config, change, tensors, shapes):
    changed = apply(config, change)
    case = dict(change)
    try:
        if too_large(changed, family):
            return dict(case, refused=True)
        result = run(changed, tensors)
    except Exception:
        result = None
    if result is None and "set" in change:
        try:
            torch.manual_seed(0)
            own = weights_for(build(changed), family)
            fresh = {key: list(value.shape) for key, value in own.items()}
            if fresh != shapes:
                result = run(changed, own)
                if result is not None:
                    case["shapes"] = {key: fresh.get(key) for key in sorted(fresh.keys() | shapes.keys())
                                      if fresh.get(key) != shapes.get(key)}
        except Exception:
            result = None
    if result is None:
        return dict(case, refused=True)
    logits, loose = result
    case["logits"] = [[round(v, 5) for v in row[:COLUMNS]] for row in logits[ROWS].double().tolist()]
    if loose:
        case["loose"] = True
    return case


def without_repeats(cases):
    """"same": the logits are those of the first case, the unchanged configuration."""
    for case in cases[1:]:
        if case.get("logits") == cases[0]["logits"]:
            del case["logits"]
            case["same"] = True
    return cases


def record(family):
    config = base_config(family)
    forms = [config, old_form(family, config)]
    tensors = weights_for(build(config), family)
    shapes = {key: list(value.shape) for key, value in tensors.items()}
    records = []
    for i, form in enumerate(forms):
        if form is None:
            continue
        seen, cases = set(), [outcome(family, form, {}, tensors, shapes)]
        for change in changes(family, form, i == 1):
            line = json.dumps(change, sort_keys=True)
            if line not in seen:
                seen.add(line)
                cases.append(outcome(family, form, change, tensors, shapes))
        records.append({"config": form, "cases": without_repeats(cases)})
    return {"family": family, "norms_minus_one": family.startswith("gemma"), "shapes": shapes, "forms": records}


def main():
    transformers.logging.set_verbosity_error()
    warnings.simplefilter("ignore")
    families = sys.argv[1:] or FAMILIES
    with contextlib.redirect_stdout(io.StringIO()), open(os.devnull, "w") as quiet, contextlib.redirect_stderr(quiet):
        all_records = [record(family) for family in families]
    print(json.dumps({"transformers": transformers.__version__, "ids": IDS, "rows": ROWS, "columns": COLUMNS,
                      "families": all_records}, separators=(",", ":")))


main()
