"""Times torch.ops.whatwhere.attention against PyPI's PoPE-pytorch, forward and backward on one thread.

    python bench/torch_operator.py [LIBRARY] [--rounds 9]

LIBRARY is build/release/libwhatwhere_ops.so unless named. Queries, keys, values and phases are the
same for both, at 64 strings of 56 places, 8 heads of width 64, causal; first their outputs and
gradients are compared. The contestants take turns. Also timed: the same formula written out,
queries and keys twice as wide, with PyTorch's attention. Without PoPE-pytorch that alone remains.
(A file named operator.py would stand before Python's own module of that name.)
"""

import argparse
import math
import os
import platform
import statistics
import time

import torch
import torch.nn.functional as F

B, T, H, D, BASE = 64, 56, 8, 64, 10000.0
TARGET = 3


def machine():
    with open("/proc/cpuinfo") as file:
        names = [line.split(": ", 1)[1].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.processor()


def written_out(q, k, v, delta):
    position = torch.arange(T, dtype=torch.float64).unsqueeze(-1)
    angle = (position * BASE ** (-torch.arange(D, dtype=torch.float64) / D)).fmod(2 * math.pi).float()
    turned = angle + delta.clamp(-2 * math.pi, 0).unsqueeze(1)
    q, k = F.softplus(q), F.softplus(k)
    q = torch.cat([q * angle.cos(), q * angle.sin()], -1)
    k = torch.cat([k * turned.cos(), k * turned.sin()], -1)
    return F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=1 / math.sqrt(D))


def ours(library):
    torch.ops.load_library(library)
    theta = BASE ** (-torch.arange(D, dtype=torch.float64) / D)

    def attention(q, k, v, delta):
        phase = delta.clamp(-2 * math.pi, 0)
        return torch.ops.whatwhere.attention(q, k, v, theta, phase, encoding="pope")

    return attention


def theirs():
    try:
        from importlib.metadata import version

        from PoPE_pytorch import PoPE, flash_attn_with_pope
    except ImportError as missing:
        print(f"PoPE-pytorch is not here ({missing}): only the formula written out is timed")
        return {}
    pope = PoPE(D, heads=H, theta=BASE)

    def attention(q, k, v, delta):
        pope.bias.data = delta.detach()
        pope.bias.grad = None
        output = flash_attn_with_pope(q, k, v, pos_emb=pope(T), causal=True)
        attention.delta = pope.bias
        return output

    return {f"PoPE-pytorch {version('PoPE-pytorch')}": attention}


def step(attention, leaves, weight):
    for leaf in leaves:
        leaf.grad = None
    output = attention(*leaves)
    output.backward(weight)
    delta = getattr(attention, "delta", leaves[3]).grad  # the module's own parameter there
    return [output.detach(), *(leaf.grad for leaf in leaves[:3]), delta]


def differences(a, b):
    return max(((x - y).norm() / y.norm()).item() for x, y in zip(a, b))


def timed(attention, leaves, weight, repeats):
    wall, used = time.perf_counter(), time.process_time()
    for _ in range(repeats):
        step(attention, leaves, weight)
    return (time.perf_counter() - wall) / repeats, (time.process_time() - used) / repeats


def spread(values, form):
    return f"{statistics.median(values):{form}} (min {min(values):{form}}, max {max(values):{form}})"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("library", nargs="?", default="build/release/libwhatwhere_ops.so")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    name = "whatwhere"
    all_of_them = {name: ours(options.library), **theirs(), "written out": written_out}
    leaves = [torch.randn(B, T, H, D).transpose(1, 2).detach().requires_grad_() for _ in range(3)]
    leaves.append((-3 * torch.rand(H, D)).requires_grad_())
    weight = torch.randn(B, H, T, D)
    print(f"{machine()}, torch {torch.__version__}, one thread, load {os.getloadavg()[0]:.2f}")
    print(f"B {B} T {T} H {H} D {D}, forward and backward, medians of {options.rounds} rounds")
    reference = step(written_out, leaves, weight)
    for other, attention in all_of_them.items():
        apart = differences(step(attention, leaves, weight), reference)
        print(f"  {other}: within {apart:.1e} of the formula written out")
        assert apart < 1e-4, f"{other} computes something else"
    times = {other: ([], []) for other in all_of_them}
    for round in range(options.rounds + 1):  # the first is dropped
        for other, attention in all_of_them.items():
            wall, used = timed(attention, leaves, weight, 3)
            if round > 0:
                times[other][0].append(1000 * wall)
                times[other][1].append(1000 * used)
    for other, (wall, used) in times.items():
        print(f"  {other:<26} {spread(wall, '.1f')} ms   cpu {spread(used, '.1f')}")
    for other, (wall, used) in times.items():
        if other == name:
            continue
        walls = [b / a for a, b in zip(times[name][0], wall)]
        useds = [b / a for a, b in zip(times[name][1], used)]
        print(f"  {other + ' / ' + name:<40} {spread(walls, '.2f')}   cpu {spread(useds, '.2f')}   "
              f"at least {TARGET}")


if __name__ == "__main__":
    main()
