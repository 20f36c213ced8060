"""What torch.ops.whatwhere refuses, and with which words.

    python tests/ops_refusals.py LIBRARY
"""

import math
import warnings

import torch

from ops_formula import attention


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
    refused("key must be on cpu but is on meta", x, x.to("meta"), x.to("meta"), theta)
    refused("value must be on meta but is on cpu", x.to("meta"), x.to("meta"), x, theta)
    refused("query must be float32, bfloat16 or float16 but is Double", *[x.to("meta").double()] * 3, theta)
    refused("theta must be on the CPU or where key is, on cpu, but is on meta", x, x, x, theta.to("meta"))
    refused("query must be a dense tensor but is torch.sparse.FloatTensor", x.to_sparse(), x, x, theta)
    with warnings.catch_warnings():  # they are a prototype, PyTorch says
        warnings.simplefilter("ignore")
        nested = torch.nested.nested_tensor([x[0], x[1]])
    refused("key must be a dense tensor but is nested", x, nested, x, theta)
    refused("value must be float32 but is ComplexFloat", x, x, x.cfloat(), theta)
    refused("positions must be a dense tensor", x, x, x, theta, None, torch.arange(6).to_sparse())
    for scale in (math.nan, math.inf, 1e300):
        refused("scale must be finite", x, x, x, theta, scale=scale)
    long = torch.zeros(1, 1, 1, 16).expand(1, 1, 2**58, 16)
    refused("more than 2147483647 places", long[:, :, :1], long, long, encoding="nope")
    with torch.autograd.forward_ad.dual_level():
        dual = torch.autograd.forward_ad.make_dual(theta, torch.ones_like(theta))
        refused("gets no gradient", x, x, x, dual)


def check_inner_refusals():
    x = torch.randn(2, 4, 6, 32)
    forward, backward = torch.ops.whatwhere.attention_forward, torch.ops.whatwhere.attention_backward
    tables = torch.rand(2, 6, 16)

    def refused_with(words, operator, *arguments):
        try:
            operator(*arguments)
        except RuntimeError as error:
            assert words in str(error).splitlines()[0], error
            return
        raise AssertionError(f"not refused: {words}")

    for words, kind, given, adjacent in (
            ("need tables", 1, None, False), ("tables must be contiguous", 1, tables[..., :3], False),
            ("tables must be contiguous", 1, tables.mT.contiguous().mT, False), ("no kind 7", 7, None, False),
            ("only pairs are adjacent", 2, torch.ones(2, 6, 32), True),
            ("tables get no gradient", 1, tables.clone().requires_grad_(), False)):
        refused_with(words, forward, x, x, x, kind, 0, given, adjacent, None, True, 1.0)
    turning = (1, 0, tables, False, None, True, 1.0)
    output, lse = forward(x, x, x, *turning)
    across = lse.mT.contiguous().mT
    refused_with("lse must be contiguous", backward, x, output, across, x, x, x, *turning)
    leaf = x.clone().requires_grad_()
    refused_with("no second derivatives", backward, x, output, lse, leaf, x, x, *turning)
    expanded = torch.ones(1, 1, 1, 1).expand_as(x)
    same = zip(backward(expanded, output, lse, x, x, x, *turning),
               backward(expanded.contiguous(), output, lse, x, x, x, *turning))
    assert all(torch.equal(a, b) for a, b in list(same)[:3])
    output = attention(leaf, x, x, torch.ones(16, dtype=torch.float64)).sum()
    refused_with("no second derivatives",
                 lambda: torch.autograd.grad(output, leaf, create_graph=True))


if __name__ == "__main__":
    check_refusals()
    check_inner_refusals()
