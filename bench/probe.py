"""Times `whatwhere probe` against a probing script as one would write it with Hugging Face's transformers.

    python bench/probe.py MODEL_FOLDER IDS [--threads 1] [--rounds 5] [--program PATH]

MODEL_FOLDER is a Hugging Face folder with safetensors, IDS a file of ids, one text a line. Both sides read the same folder and the same
ids, in turn, and compute mean norms of queries and keys before rotation for every layer, head and
frequency. `usual` runs the whole model with its logits and keeps what the hooks see; `best` runs it
without its head and adds up in the hooks. Seconds are whole processes, start to end; those without
the imports of Python's libraries stand beside them. Also compared: the norms themselves.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time


def child(style, folder, ids_path, out):
    import torch
    from transformers import AutoModelForCausalLM

    started = time.perf_counter()
    torch.set_grad_enabled(False)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    config = model.config
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    seen, sums = {}, {}

    def norms(x):  # [1, T, heads * D] -> [T, heads, F], the first position left out
        x = x[0, 1:].unflatten(-1, (-1, width))
        return torch.hypot(x[..., : width // 2], x[..., width // 2 :])

    def hook(name):
        def keep(_, __, output):
            if style == "usual":
                seen.setdefault(name, []).append(output)
            else:
                sums[name] = sums.get(name, 0) + norms(output).sum(0, dtype=torch.float64)
        return keep

    for l, layer in enumerate(model.model.layers):
        layer.self_attn.q_proj.register_forward_hook(hook(f"query {l}"))
        layer.self_attn.k_proj.register_forward_hook(hook(f"key {l}"))
    tokens = 0
    for line in pathlib.Path(ids_path).read_text().splitlines():
        ids = torch.tensor([[int(i) for i in line.split()]])
        tokens += ids.shape[1] - 1
        (model if style == "usual" else model.model)(ids, use_cache=False)
    for name, outputs in seen.items():
        sums[name] = sum(norms(x).sum(0, dtype=torch.float64) for x in outputs)
    means = {name: (total / tokens).mean(0).tolist() for name, total in sums.items()}
    seconds = time.perf_counter() - started
    pathlib.Path(out).write_text(json.dumps({"seconds": seconds, "means": means}))


def timed(command, environment):
    started = time.perf_counter()
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def largest_difference(h5_path, means):
    import h5py
    import numpy as np

    with h5py.File(h5_path) as file:
        worst = 0.0
        for side in ("query", "key"):
            ours = file[f"{side}_norm_mean"][()]
            for l, row in enumerate(ours):
                worst = max(worst, float(np.abs(row / np.array(means[f"{side} {l}"]) - 1).max()))
    return worst


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("ids", help="a file of ids, one text a line")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--program", default="build/release/whatwhere")
    options = parser.parse_args()
    environment = {**os.environ, "OMP_NUM_THREADS": str(options.threads), "MKL_NUM_THREADS": str(options.threads)}
    with tempfile.TemporaryDirectory() as scratch:
        h5, out = f"{scratch}/a.h5", f"{scratch}/out.json"
        probe = [options.program, "probe", options.folder, "--ids", options.ids, "--metrics", "usage",
                 "--threads", str(options.threads), "-o", h5]
        script = [sys.executable, __file__, "--child"]
        ours, theirs, inside = [], {"usual": [], "best": []}, {"usual": [], "best": []}
        timed(probe, environment)  # the first to read the files; not counted
        for _ in range(options.rounds):
            ours.append(timed(probe, environment))
            for style in theirs:
                theirs[style].append(timed(script + [style, options.folder, options.ids, out], environment))
                answer = json.loads(pathlib.Path(out).read_text())
                inside[style].append(answer["seconds"])
        print(f"norms differ by at most {largest_difference(h5, answer['means']):.1e} of their value")
        print(f"whatwhere probe: {statistics.median(ours):.2f} s ({min(ours):.2f} to {max(ours):.2f})")
        for style, seconds in theirs.items():
            ratios = [s / o for s, o in zip(seconds, ours)]
            bare = [s / o for s, o in zip(inside[style], ours)]
            print(f"{style}: {statistics.median(seconds):.2f} s, {statistics.median(ratios):.2f} times as long "
                  f"({min(ratios):.2f} to {max(ratios):.2f}); without imports "
                  f"{statistics.median(inside[style]):.2f} s, {statistics.median(bare):.2f} times "
                  f"({min(bare):.2f} to {max(bare):.2f})")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(*sys.argv[2:])
    else:
        main()
