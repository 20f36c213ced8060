"""torch.compile and torch.export over torch.ops.whatwhere: one graph, the results and gradients of eager, sizes
that change.

    python tests/ops_compile.py LIBRARY
"""

import torch

from ops_formula import attention


def tensors(B, T, Hk):
    torch.manual_seed(B * T)
    q, k, v = torch.randn(B, T, 4, 32), torch.randn(B, T, Hk, 32), torch.randn(B, T, Hk, 32)
    return [x.transpose(1, 2).requires_grad_() for x in (q, k, v)]


def cases():
    half, full = torch.rand(16, dtype=torch.float64), torch.rand(32, dtype=torch.float64)
    yield lambda q, k, v: attention(q, k, v, half)
    yield lambda q, k, v: attention(q, k, v, half[:5], layout="half", scale=0.3)
    yield lambda q, k, v: attention(q[:, :, 2:], k, v, half, layout="adjacent", causal=False)
    yield lambda q, k, v: attention(q, k, v, full, torch.full((k.shape[1], 32), -0.2), encoding="pope")
    yield lambda q, k, v: attention(q, k, v, encoding="nope")


def results(call, inputs):
    output = call(*inputs)
    return [output, output.stride(), *torch.autograd.grad(output.square().sum(), inputs)]


def same(a, b):
    return torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b


def check_compiled():
    """Eager's bits: the same kernels run on the same tensors."""
    for number, call in enumerate(cases()):
        for dynamic in (False, True):
            torch._dynamo.reset()
            compiled = torch.compile(call, backend="aot_eager", fullgraph=True, dynamic=dynamic)
            for B, T, Hk in ((3, 7, 4), (2, 9, 4), (2, 9, 2)):
                inputs = tensors(B, T, Hk)
                pairs = zip(results(compiled, inputs), results(call, inputs))
                assert all(same(a, b) for a, b in pairs), (number, dynamic, B, T, Hk)


def check_one_graph_of_open_sizes():
    """Strings and places may change without compiling again."""
    torch._dynamo.reset()
    counter = torch._dynamo.testing.CompileCounterWithBackend("aot_eager")
    compiled = torch.compile(next(cases()), backend=counter, fullgraph=True, dynamic=True)
    for B, T in ((3, 7), (2, 9), (5, 4)):
        compiled(*tensors(B, T, 4))
    assert counter.frame_count == 1, counter.frame_count


def check_delta():
    """The gradient of the phases through a compiled module."""
    theta = torch.rand(32, dtype=torch.float64)
    call = lambda q, k, v, delta: attention(q, k, v, theta, delta.clamp(-6, 0), encoding="pope")
    inputs = [*tensors(2, 6, 2), torch.randn(2, 32, requires_grad=True)]
    compiled = torch.compile(call, backend="aot_eager", fullgraph=True)
    assert all(same(a, b) for a, b in zip(results(compiled, inputs), results(call, inputs)))


def check_exported():
    class Model(torch.nn.Module):
        def forward(self, q, k, v):
            return call(q, k, v)

    call, inputs = next(cases()), tensors(2, 6, 4)
    exported = torch.export.export(Model(), tuple(inputs))
    assert any(node.target == attention.default for node in exported.graph.nodes)
    assert torch.equal(exported.module()(*inputs), call(*inputs))


def check_operators():
    """PyTorch's own checks of schemas, of the autograd kernel, and of shapes without numbers."""
    q, k, v = tensors(2, 6, 2)
    for kind, tables, phase in ((0, None, None), (1, torch.rand(2, 6, 16), None),
                                (2, torch.rand(2, 6, 32), torch.rand(2, 32, requires_grad=True))):
        turning = (kind, 0, tables, False, phase, True, 0.5)
        torch.library.opcheck(torch.ops.whatwhere.attention_forward, (q, k, v, *turning))
        with torch.no_grad():
            output, lse = torch.ops.whatwhere.attention_forward(q, k, v, *turning)
            backward = (output, output, lse, q.detach(), k.detach(), v.detach(), *turning)
            torch.library.opcheck(torch.ops.whatwhere.attention_backward, backward,
                                  test_utils=("test_schema", "test_faketensor"))


def to_meta(arguments):
    return [x.to("meta") if isinstance(x, torch.Tensor) else x for x in arguments]


def check_alike(operator, arguments):
    """Tensors on meta have the types, sizes and strides of real ones."""
    for meta, real in zip(operator(*to_meta(arguments)), operator(*arguments)):
        assert (meta is None) == (real is None)
        if real is None:
            continue
        assert meta.is_meta and meta.dtype == real.dtype, (meta, real)
        assert meta.shape == real.shape and meta.stride() == real.stride(), (meta.stride(), real.stride())


def check_shapes_without_numbers():
    q, k, v = (x.detach() for x in tensors(2, 6, 2))
    for kind, tables, phase in ((0, None, None), (2, torch.rand(2, 6, 32), torch.rand(2, 32))):
        turning = (kind, 0, tables, False, phase, True, 0.5)
        check_alike(torch.ops.whatwhere.attention_forward, (q, k, v, *turning))
        output, lse = torch.ops.whatwhere.attention_forward(q, k, v, *turning)
        check_alike(torch.ops.whatwhere.attention_backward, (output, output, lse, q, k, v, *turning))
    theta = torch.rand(16, dtype=torch.float64)
    check_alike(lambda *x: [attention(*x, theta)], (q, k, v))


if __name__ == "__main__":
    check_compiled()
    check_one_graph_of_open_sizes()
    check_delta()
    check_exported()
    check_operators()
    check_shapes_without_numbers()
