"""The same training step as bench/step.cpp, as one would write it in PyTorch.

Started by bench/step: reads the initial weights and the batches from a folder, then obeys lines on
standard input: `losses N` takes N steps and prints their losses, `time N` takes N more and prints the
wall and CPU seconds they took. The last argument is `eager` or `compile`.
"""

import json
import math
import struct
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


def read_safetensors(path):
    raw = open(path, "rb").read()
    size = struct.unpack_from("<Q", raw)[0]
    header = json.loads(raw[8 : 8 + size])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = (8 + size + offset for offset in entry["data_offsets"])
        flat = torch.frombuffer(bytearray(raw[begin:end]), dtype=torch.float32)
        tensors[name] = flat.reshape(entry["shape"])
    return tensors


def read_batches(path):
    numbers = torch.frombuffer(bytearray(open(path, "rb").read()), dtype=torch.int32).long()
    batches, at = [], 0
    while at < len(numbers):
        B, T, Q = numbers[at : at + 3].tolist()
        at += 3
        parts = []
        for shape in [(B, T), (T,), (T,), (Q,), (B, Q)]:
            count = math.prod(shape)
            parts.append(numbers[at : at + count].reshape(shape))
            at += count
        batches.append(parts)
    return batches


class Block(nn.Module):
    def __init__(self, width, heads, pope):
        super().__init__()
        self.heads, self.pope = heads, pope
        self.attn_norm = nn.RMSNorm(width, eps=1e-6)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.mlp_norm = nn.RMSNorm(width, eps=1e-6)
        self.up = nn.Linear(width, 4 * width, bias=False)
        self.down = nn.Linear(4 * width, width, bias=False)
        if pope:
            self.delta = nn.Parameter(torch.zeros(heads, width // heads))

    def rotate(self, x, angle):
        if self.pope:
            mu = F.softplus(x)
            return torch.cat([mu * angle.cos(), mu * angle.sin()], -1)
        a, b = x.chunk(2, -1)
        cos, sin = angle.cos(), angle.sin()
        return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)

    def forward(self, x, angle, mask):
        B, T, C = x.shape
        q, k, v = self.qkv(self.attn_norm(x)).view(B, T, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        key_angle = angle
        if self.pope:
            key_angle = angle + self.delta.clamp(-2 * math.pi, 0).unsqueeze(1)
        q, k = self.rotate(q, angle), self.rotate(k, key_angle)
        scale = 1 / math.sqrt(C // self.heads)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, scale=scale)
        x = x + self.out(y.transpose(1, 2).reshape(B, T, C))
        return x + self.down(F.gelu(self.up(self.mlp_norm(x)), approximate="tanh"))


class Model(nn.Module):
    def __init__(self, weights, heads, pope, base=10000.0):
        super().__init__()
        vocabulary, width = weights["embed.weight"].shape
        layers = sum(name.endswith("attn.qkv.weight") for name in weights)
        self.embed = nn.Embedding(vocabulary, width)
        self.blocks = nn.ModuleList(Block(width, heads, pope) for _ in range(layers))
        self.norm = nn.RMSNorm(width, eps=1e-6)
        self.head = nn.Linear(width, vocabulary, bias=False)
        head_width = width // heads
        count = head_width if pope else head_width // 2
        self.theta = base ** (-torch.arange(count, dtype=torch.float64) / count)
        self.load(weights)

    def load(self, weights):
        ours = {"attn_norm": "attn_norm", "attn.qkv": "qkv", "attn.out": "out",
                "mlp_norm": "mlp_norm", "mlp.in": "up", "mlp.out": "down"}
        state = self.state_dict()
        with torch.no_grad():
            for name, value in weights.items():
                for old, new in ours.items():
                    name = name.replace("." + old + ".weight", "." + new + ".weight")
                state[name.replace("attn.delta", "delta")].copy_(value)

    def forward(self, tokens, position, block, graded):
        angle = (position.double().unsqueeze(-1) * self.theta).fmod(2 * math.pi).float()
        mask = (position.unsqueeze(0) <= position.unsqueeze(1)) & (
            (block.unsqueeze(0) == 0) | (block.unsqueeze(0) == block.unsqueeze(1)))
        x = self.embed(tokens)
        for layer in self.blocks:
            x = layer(x, angle, mask)
        return self.head(self.norm(x[:, graded]))


class Trainer:
    def __init__(self, folder, heads, pope, steps, warm_up, peak, compiled):
        self.model = Model(read_safetensors(folder + "/model.safetensors"), heads, pope)
        # One graph for each of the task's five lengths; all of them are met before anything is timed.
        self.forward = torch.compile(self.model, dynamic=False) if compiled else self.model
        self.batches = read_batches(folder + "/batches.bin")
        self.steps, self.warm_up, self.peak, self.done = steps, warm_up, peak, 0
        decays = [p for p in self.model.parameters() if p.dim() == 2 and p.shape[0] != heads]
        others = [p for p in self.model.parameters() if p.dim() != 2 or p.shape[0] == heads]
        self.optimiser = torch.optim.AdamW(
            [{"params": decays, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}],
            lr=peak, betas=(0.9, 0.99), eps=1e-8, fused=True)

    def rate(self, i):
        if i <= self.warm_up:
            return self.peak * i / self.warm_up
        done = (i - self.warm_up) / (self.steps - self.warm_up)
        return self.peak * (0.1 + 0.45 * (1 + math.cos(math.pi * done)))

    def step(self):
        tokens, position, block, graded, answer = self.batches[self.done % len(self.batches)]
        self.done += 1
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate(min(self.done, self.steps))
        logits = self.forward(tokens, position, block, graded)
        loss = F.cross_entropy(logits.flatten(0, 1), answer.flatten())
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        return loss.item()


def main():
    folder, heads, encoding, steps, warm_up, peak, mode = sys.argv[1:]
    torch.set_num_threads(1)
    trainer = Trainer(folder, int(heads), encoding == "pope", int(steps), int(warm_up), float(peak),
                      mode == "compile")
    print("ready", torch.__version__, flush=True)
    for line in sys.stdin:
        command, count = line.split()
        begun, used = time.perf_counter(), time.process_time()
        losses = [trainer.step() for _ in range(int(count))]
        seconds = [time.perf_counter() - begun, time.process_time() - used]
        print(*(losses if command == "losses" else seconds), flush=True)


if __name__ == "__main__":
    main()
