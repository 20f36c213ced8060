"""The formulas of torch.ops.whatwhere in double precision, and the operator against them on a CPU.

    python tests/ops_formula.py LIBRARY

Ends with an error where outputs or gradients are not as they should be.
"""

import itertools
import math
import sys

import torch

torch.ops.load_library(sys.argv[1])
attention = torch.ops.whatwhere.attention
MAGNITUDES = {"softplus": torch.nn.functional.softplus, "relu": torch.relu, "identity": lambda x: x}


def rope(x, angle, layout):
    half = angle.shape[-1]
    if layout == "adjacent":
        a, b = x[..., 0 : 2 * half : 2], x[..., 1 : 2 * half : 2]
    else:
        a, b = x[..., :half], x[..., half : 2 * half]
    z = torch.complex(a, b) * torch.polar(torch.ones_like(angle), angle)
    return torch.cat([z.real, z.imag, x[..., 2 * half :]], -1)  # the order cancels in the product


def pope(x, angle, magnitude):
    mu = MAGNITUDES[magnitude or "softplus"](x)
    return torch.cat([mu * angle.cos(), mu * angle.sin()], -1)


def formula(query, key, value, theta=None, delta=None, positions=None, *, encoding="rope",
            layout=None, magnitude=None, causal=True, scale=None):
    R, T, D = query.shape[2], key.shape[2], query.shape[3]
    if encoding != "nope":
        positions = torch.arange(T) if positions is None else positions
        angle = (positions.double().unsqueeze(-1) * theta).reshape(-1, 1, T, len(theta))
        last = angle[..., T - R :, :]
        if encoding == "rope":
            query, key = rope(query, last, layout), rope(key, angle, layout)
        else:
            phase = 0 if delta is None else delta.unsqueeze(1)
            query, key = pope(query, last, magnitude), pope(key, angle + phase, magnitude)
    shared = query.shape[1] // key.shape[1]
    key, value = (x.repeat_interleave(shared, 1) for x in (key, value))
    scores = query @ key.mT * (1 / math.sqrt(D) if scale is None else scale)
    if causal:
        hidden = torch.ones(R, T, dtype=torch.bool).triu(T - R + 1)
        scores = scores.masked_fill(hidden, -math.inf)
    return scores.softmax(-1) @ value


def difference(a, b):
    """Relative, absolute where b is zero."""
    assert a.shape == b.shape, (a.shape, b.shape)
    size = b.norm().item()
    return (a - b).norm().item() / (size if size > 0 else 1)


# A GPU's kernels round turned queries, turned keys and patterns to the inputs' type.
TOLERANCES = {torch.float32: 5e-6, torch.float16: 1e-3, torch.bfloat16: 8e-3}


def compare(B, H, Hk, R, T, D, delta=False, positions=None, frequencies=None, device="cpu",
            dtype=torch.float32, **options):
    generator = torch.Generator().manual_seed(1)
    draw = lambda *shape: torch.randn(*shape, generator=generator).to(device, dtype)
    encoding = options.get("encoding", "rope")
    leaves = [draw(B, R, H, D), draw(B, T, Hk, D), draw(B, T, Hk, D)]
    if delta:
        leaves.append((12 * torch.rand(Hk, D, generator=generator) - 9).to(device))
    leaves = [x.requires_grad_() for x in leaves]
    doubles = [x.detach().cpu().double().requires_grad_() for x in leaves]
    count = frequencies or (D if encoding == "pope" else D // 2)
    theta = 100 ** (-torch.arange(count, dtype=torch.float64) / count)
    if encoding != "nope":
        options["theta"] = theta
    if positions is not None:
        options["positions"] = positions
    weight = draw(B, H, R, D)

    def run(function, leaves, weight):
        heads = [x.transpose(1, 2) for x in leaves[:3]]
        phase = {"delta": leaves[3]} if delta else {}
        output = function(*heads, **phase, **options)
        return [output.detach(), *torch.autograd.grad((output * weight).sum(), leaves)]

    ours, theirs = run(attention, leaves, weight), run(formula, doubles, weight.cpu().double())
    for name, a, b in zip(("output", "query", "key", "value", "delta"), ours, theirs):
        error = difference(a.cpu().double(), b)
        assert error < TOLERANCES[dtype], (
            f"{name} differs by {error} in {B, H, Hk, R, T, D} {device} {dtype} {options}")


def check_values():
    for T in (1, 15, 17, 33):
        for layout in (None, "half", "adjacent"):
            compare(2, 4, 2, T, T, 32, layout=layout)
        for magnitude, delta in itertools.product((None, *MAGNITUDES), (False, True)):
            compare(2, 4, 2, T, T, 32, encoding="pope", magnitude=magnitude, delta=delta)
        compare(2, 2, 2, T, T, 16, encoding="nope")
    compare(2, 4, 4, 20, 20, 16, causal=False, scale=0.5)
    compare(2, 4, 2, 3, 20, 16, causal=False, scale=0.0)
    compare(0, 4, 2, 3, 20, 16, encoding="pope", delta=True)
    compare(2, 4, 1, 5, 37, 48, encoding="pope", delta=True)
    compare(2, 4, 1, 1, 37, 48, layout="adjacent")
    compare(2, 2, 2, 20, 20, 32, frequencies=3, layout="adjacent")
    compare(2, 2, 2, 20, 20, 32, frequencies=3, layout="half")
    far = torch.arange(20) * 7 + 1_000_000
    for encoding in ("rope", "pope"):
        compare(2, 2, 1, 20, 20, 32, encoding=encoding, positions=far)
        compare(2, 2, 1, 20, 20, 32, encoding=encoding, positions=torch.stack([far, far // 3]))


def check_padding():
    """What a refused width is told to do leaves the answer as it is."""
    q, k, v = (torch.randn(2, 3, 7, 20) for _ in range(3))
    theta = torch.rand(20, dtype=torch.float64)
    wide = lambda x, fill=0.0: torch.nn.functional.pad(x, (0, 12), value=fill)
    scale = 1 / math.sqrt(20)
    padded = {
        "rope": attention(wide(q), wide(k), wide(v), theta[:10], scale=scale),
        "pope": attention(wide(q, -100), wide(k, -100), wide(v), wide(theta), encoding="pope", scale=scale),
    }
    for encoding, output in padded.items():
        exact = formula(q.double(), k.double(), v.double(), theta[:10] if encoding == "rope" else theta,
                        encoding=encoding)
        assert difference(output[..., :20].double(), exact) < 5e-6, encoding


def check_threads():
    q = torch.randn(5, 4, 33, 32, requires_grad=True)
    theta = torch.rand(32, dtype=torch.float64)
    delta = torch.zeros(4, 32, requires_grad=True)
    found = []
    for threads in (1, 2, 3):
        torch.set_num_threads(threads)
        output = attention(q, q, q, theta, delta, encoding="pope")
        found.append([output.detach(), *torch.autograd.grad(output.square().sum(), [q, delta])])
    for other in found[1:]:
        assert all(torch.equal(a, b) for a, b in zip(found[0], other)), "threads change the bits"


def check_grads_that_are_not_wanted():
    x = torch.randn(1, 2, 6, 32)
    assert not attention(x, x, x, torch.ones(16, dtype=torch.float64)).requires_grad
    leaf = x.clone().requires_grad_()
    with torch.no_grad():
        assert not attention(leaf, x, x, torch.ones(16, dtype=torch.float64)).requires_grad
    broken = x.clone()
    broken[0, 0, 3, 5] = math.nan
    assert attention(broken, x, x, torch.ones(16, dtype=torch.float64))[0, 0, 3].isnan().all()


def check_registration():
    for key in ("CPU", "CUDA"):
        for name in ("attention_forward", "attention_backward"):
            assert torch._C._dispatch_has_kernel_for_dispatch_key(f"whatwhere::{name}", key), (name, key)


if __name__ == "__main__":
    check_registration()
    check_values()
    check_padding()
    check_threads()
    check_grads_that_are_not_wanted()
