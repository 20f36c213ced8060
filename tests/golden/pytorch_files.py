"""Writes tests/golden/plain.pt, wrapped.pt and evil.pt with torch.save.

    python tests/golden/pytorch_files.py

plain.pt is an OrderedDict of small tensors whose values are 0, 1, 2, ..; wrapped.pt a training
checkpoint: the state dict under "model", names with wrappers' prefixes, a parameter, half and bfloat16,
two views of one storage, a transposed view, and other things beside; evil.pt asks for os.system.
"""

import collections
import os
import pathlib

import torch

HERE = pathlib.Path(__file__).parent


def count(*shape, dtype=torch.float32):
    return torch.arange(torch.Size(shape).numel(), dtype=torch.float32).reshape(shape).to(dtype)


class Evil:
    def __reduce__(self):
        return os.system, ("true",)


def main():
    plain = collections.OrderedDict(a=count(2, 3), b=count(4), empty=count(0, 3), scalar=torch.tensor(7.0))
    torch.save(plain, HERE / "plain.pt")
    base = count(3, 4)
    inner = {"module._orig_mod.whole": base, "module._orig_mod.row": base[1],
             "module._orig_mod.turned": base.t(), "module._orig_mod.part": base[:, 1:3],
             "module._orig_mod.half": count(2, 2, dtype=torch.float16),
             "module._orig_mod.brain": count(2, 2, dtype=torch.bfloat16),
             "module._orig_mod.double": count(2, dtype=torch.float64),
             "module._orig_mod.parameter": torch.nn.Parameter(count(2, 2))}
    torch.save({"model": inner, "step": 12, "rate": 1e-3, "name": "run", "flags": [True, None, (1, 2)],
                "optimizer": {"state": {0: {"step": torch.tensor(3)}}}}, HERE / "wrapped.pt")
    torch.save({"a": count(2), "b": Evil()}, HERE / "evil.pt")


main()
