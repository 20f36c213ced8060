"""torch.ops.whatwhere on a GPU against its formula; where it lies, when it runs, what it refuses.

    python tests/ops_gpu.py LIBRARY
"""

import itertools

import torch

from ops_formula import attention, compare
from ops_refusals import refused


def check_values():
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


def both_ways(x, theta, weight=None):
    """Output and gradient of PoPE on a GPU."""
    leaf = x.detach().requires_grad_()
    output = attention(leaf, leaf, leaf, theta, encoding="pope")
    weight = torch.ones_like(output) if weight is None else weight
    return [output.detach(), *torch.autograd.grad(output, leaf, weight)]


def assert_same(ours, theirs, words):
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs)), words


def check_layouts():
    compare(0, 4, 2, 3, 20, 32, encoding="pope", delta=True, device="cuda", dtype=torch.bfloat16)
    x = torch.randn(2, 4, 70, 32, device="cuda", dtype=torch.bfloat16)
    theta = torch.rand(32, dtype=torch.float64, device="cuda")
    shifted = torch.empty(x.numel() + 1, device="cuda", dtype=x.dtype)[1:].view_as(x).copy_(x)
    expected = both_ways(x, theta)
    assert_same(both_ways(x, theta), expected, "the same call gave other bits")
    assert_same(both_ways(shifted, theta), expected, "where a tensor begins changes the answer")
    expanded = torch.ones(1, 1, 1, 1, device="cuda", dtype=x.dtype).expand_as(x)
    assert_same(both_ways(x, theta, expanded), expected, "an expanded gradient changes the answer")
    if torch.cuda.device_count() > 1:
        there = both_ways(x.to("cuda:1"), theta.to("cuda:1"))
        assert_same([y.to(x.device) for y in there], expected, "the second GPU answers otherwise")


def check_queueing():
    """Nothing waits, everything runs on PyTorch's stream, and graphs can hold it."""
    x = torch.randn(2, 4, 70, 32, device="cuda", dtype=torch.bfloat16)
    theta = torch.rand(32, dtype=torch.float64, device="cuda")
    expected = both_ways(x, theta)
    torch.cuda.set_sync_debug_mode("error")
    try:
        both_ways(x, theta)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    side, late = torch.cuda.Stream(), torch.zeros_like(x)
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        torch.cuda._sleep(100_000_000)  # cycles: whoever does not queue behind this reads zeros
        late.copy_(x)
        found = both_ways(late, theta)
    torch.cuda.synchronize()
    assert_same(found, expected, "it does not run on PyTorch's stream")
    graph, held = torch.cuda.CUDAGraph(), torch.zeros_like(x)
    with torch.no_grad(), torch.cuda.graph(graph):
        output = attention(held, held, held, theta, encoding="pope")
    held.copy_(x)
    graph.replay()
    torch.cuda.synchronize()
    assert_same([output], expected, "a replayed graph answers otherwise")


def check_refusals():
    x = torch.randn(2, 4, 6, 32, device="cuda", dtype=torch.bfloat16)
    theta = torch.ones(16, dtype=torch.float64)
    both = torch.ones(32, dtype=torch.float64)
    refused("query must be bfloat16 or float16 on a GPU but is Float", x.float(), x, x, theta)
    refused("key is Half but query BFloat16", x, x.half(), x, theta)
    refused("32, 64, 96 or 128 on a GPU but is 16", x[..., :16], x[..., :16], x[..., :16], theta[:8])
    refused("key must be on cuda:0 but is on cpu", x, x.cpu(), x, theta)
    refused("query is on cpu but another tensor on a GPU", x.cpu(), x, x, theta)
    refused("delta must be on cuda:0 but is on cpu", x, x, x, both, torch.zeros(4, 32), encoding="pope")
    refused("theta must be on the CPU or where key is", *[x.float().cpu()] * 3, theta.cuda())


if __name__ == "__main__":
    check_values()
    check_layouts()
    check_queueing()
    check_refusals()
