"""The formulas of torch.ops.whatwhere in double precision, and the operator against them.

    python tests/ops_formula.py LIBRARY [gpu]

Ends with an error where outputs, gradients or refusals are not as they should be.
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
    scores = query @ key.mT * (scale or 1 / math.sqrt(D))
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
    compare(2, 4, 1, 5, 37, 48, encoding="pope", delta=True)
    compare(2, 4, 1, 1, 37, 48, layout="adjacent")
    compare(2, 2, 2, 20, 20, 32, frequencies=3, layout="adjacent")
    compare(2, 2, 2, 20, 20, 32, frequencies=3, layout="half")
    far = torch.arange(20) * 7 + 1_000_000
    for encoding in ("rope", "pope"):
        compare(2, 2, 1, 20, 20, 32, encoding=encoding, positions=far)
        compare(2, 2, 1, 20, 20, 32, encoding=encoding, positions=torch.stack([far, far // 3]))


def check_values_on_a_gpu():
    for dtype in (torch.bfloat16, torch.float16):
        for D, T in itertools.product((32, 64, 96, 128), (1, 64, 150)):
            here = {"device": "cuda", "dtype": dtype}
            compare(2, 4, 2, T, T, D, **here)
            compare(2, 4, 2, T, T, D, layout="adjacent", frequencies=D // 4, **here)
            compare(2, 4, 2, T, T, D, layout="half", frequencies=D // 4, **here)
            compare(2, 4, 2, (T + 1) // 2, T, D, encoding="pope", delta=True, **here)
            compare(2, 4, 1, T, T, D, encoding="nope", causal=False, **here)
            far = torch.stack([torch.arange(T) * 7 + 1_000_000, torch.arange(T)])
            compare(2, 4, 4, (T + 1) // 2, T, D, encoding="pope", positions=far, magnitude="relu", **here)
    x = torch.randn(2, 4, 6, 32, device="cuda", dtype=torch.bfloat16)
    theta = torch.rand(16, dtype=torch.float64)
    there = attention(x, x, x, theta.cuda(), None, torch.arange(6, device="cuda"))
    assert torch.equal(attention(x, x, x, theta), there), "theta's device changes the answer"


def check_refusals_on_a_gpu():
    x = torch.randn(2, 4, 6, 32, device="cuda", dtype=torch.bfloat16)
    theta = torch.ones(16, dtype=torch.float64)
    both = torch.ones(32, dtype=torch.float64)
    refused("query must be bfloat16 or float16 on a GPU but is Float", x.float(), x, x, theta)
    refused("key is Half but query BFloat16", x, x.half(), x, theta)
    refused("32, 64, 96 or 128 on a GPU but is 16", x[..., :16], x[..., :16], x[..., :16], theta[:8])
    refused("key must be a dense tensor on cuda:0", x, x.cpu(), x, theta)
    refused("query is on cpu but another tensor on a GPU", x.cpu(), x, x, theta)
    refused("delta must be a dense tensor on cuda:0", x, x, x, both, torch.zeros(4, 32), encoding="pope")
    refused("theta must be on the CPU or where key is", *[x.float().cpu()] * 3, theta.cuda())


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


def refused(words, *arguments, **options):
    try:
        attention(*arguments, **options)
    except RuntimeError as error:
        sentence = str(error).splitlines()[0]
        assert words in sentence, f"'{words}' is not in: {sentence}"
        return
    raise AssertionError(f"not refused: {words}")


def check_refusals():
    x = torch.randn(2, 4, 6, 32)
    theta = torch.ones(16, dtype=torch.float64)
    both = torch.ones(32, dtype=torch.float64)
    odd = torch.randn(2, 4, 6, 20)
    refused("multiple of 16 but is 20; pad query, key and value with zeros", odd, odd, odd, theta[:10])
    refused("multiple of 16 but is 20; pad query and key with -100", odd, odd, odd, both[:20],
            encoding="pope")
    refused("multiple of 16 but is 21", *[torch.randn(2, 4, 6, 21)] * 3, theta[:3])
    refused("query must be float32 but is Double", x.double(), x, x, theta)
    refused("value must be float32 but is BFloat16", x, x, x.bfloat16(), theta)
    refused("strings, heads, places, width", x[0], x, x, theta)
    refused("strings, heads, places, width", x, x[0], x, theta)
    refused("key is [2, 4, 6, 32] but value is [2, 4, 5, 32]", x, x, x[:, :, :5], theta)
    refused("strings and widths must be equal", x[:1], x, x, theta)
    refused("as many query heads", x, x[:, :3], x[:, :3], theta)
    refused("last places", x, x[:, :, :5], x[:, :, :5], theta)
    refused("last places", x[:, :, :0], x, x, theta)
    refused("no places", x[:, :, :0], x[:, :, :0], x[:, :, :0], theta)
    across = torch.randn(2, 4, 32, 6).mT
    for place in range(3):
        inputs = [x, x, x]
        inputs[place] = across
        refused("side by side", *inputs, theta)
    refused("need theta", x, x, x)
    refused("float64", x, x, x, theta.float())
    refused("at most half", x, x, x, both)
    refused("a frequency for each", x, x, x, theta, encoding="pope")
    refused("gets no gradient", x, x, x, theta.clone().requires_grad_())
    refused("leave theta out", x, x, x, theta, encoding="nope")
    refused("rope, pope, nope but is 'cape'", x, x, x, theta, encoding="cape")
    refused("half, adjacent but is 'left'", x, x, x, theta, layout="left")
    refused("only rope has a layout", x, x, x, both, encoding="pope", layout="half")
    refused("only pope has a magnitude", x, x, x, theta, magnitude="relu")
    refused("only pope has a delta", x, x, x, theta, torch.zeros(4, 32))
    refused("delta must be [4, 32]", x, x, x, both, torch.zeros(4, 16), encoding="pope")
    refused("delta must be float32", x, x, x, both, torch.zeros(4, 32).double(), encoding="pope")
    refused("positions must be one for each of the 6", x, x, x, theta, None, torch.arange(5))
    refused("whatwhere::attention_forward", x.to("meta"), x.to("meta"), x.to("meta"), theta)
    inner = torch.ops.whatwhere.attention_forward
    for kind, tables, adjacent in ((1, None, False), (1, torch.ones(2, 6, 3), False), (7, None, False),
                                   (2, torch.ones(2, 6, 32), True)):
        try:
            inner(x, x, x, kind, 0, tables, adjacent, None, True, 1.0)
        except RuntimeError:
            continue
        raise AssertionError("the inner operator took what does not fit")
    leaf = x.clone().requires_grad_()
    try:
        torch.autograd.grad(attention(leaf, x, x, theta).sum(), leaf, create_graph=True)
    except RuntimeError as error:
        assert "no second derivatives" in str(error)
    else:
        raise AssertionError("a second derivative that is none")


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
    if sys.argv[2:] == ["gpu"]:
        check_values_on_a_gpu()
        check_refusals_on_a_gpu()
        sys.exit()
    check_registration()
    check_values()
    check_padding()
    check_refusals()
    check_threads()
    check_grads_that_are_not_wanted()
