"""Records tests/golden/usage_stories260k.json: what stories260K does on three sonnets, in float64.

    python tests/golden/usage_stories260k.py > tests/golden/usage_stories260k.json

Needs numpy alone. The model is written out from the description of llama2.c's file format, the
tokenizer from its rule (the best-scoring neighbours merge first), so that neither shares a line
with the program. For each text: its ids with BOS, its mean cross-entropy in nats per prediction;
over all texts: mean norms of queries and keys before rotation, first positions left out.
"""

import json
import math
import pathlib
import struct

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2] / "data"
TEXTS = 3


def read_model(path):
    raw = path.read_bytes()
    C, M, L, H, Hk, V, T = struct.unpack_from("<7i", raw)
    D = C // H
    values = np.frombuffer(raw, "<f4", offset=28).astype(np.float64)
    shapes = [("embed", (V, C)), ("n1", (L, C)), ("q", (L, C, C)), ("k", (L, Hk * D, C)),
              ("v", (L, Hk * D, C)), ("o", (L, C, C)), ("n2", (L, C)), ("gate", (L, M, C)),
              ("down", (L, C, M)), ("up", (L, M, C)), ("n3", (C,))]
    weights, at = {"sizes": (C, L, H, Hk, D)}, 0
    for name, shape in shapes:
        count = math.prod(shape)
        weights[name] = values[at : at + count].reshape(shape)
        at += count
    return weights


def read_pieces(path):
    raw, at, pieces = path.read_bytes(), 4, []
    while at < len(raw):
        score, length = struct.unpack_from("<fi", raw, at)
        pieces.append((raw[at + 8 : at + 8 + length], score))
        at += 8 + length
    return pieces


def encode(pieces, text):
    index = {piece: i for i, (piece, _) in reversed(list(enumerate(pieces)))}
    ids = []
    for character in " " + text:
        point = character.encode()
        ids += [index[point]] if point in index else [byte + 3 for byte in point]
    while True:
        best = None
        for i in range(len(ids) - 1):
            joined = index.get(pieces[ids[i]][0] + pieces[ids[i + 1]][0])
            if joined is not None and (best is None or pieces[joined][1] > best[0]):
                best = (pieces[joined][1], i, joined)
        if best is None:
            return [1] + ids
        ids[best[1] : best[1] + 2] = [best[2]]


def rms(x, weight):
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-5) * weight


def turn(z, theta):
    angle = np.arange(z.shape[1])[:, None] * theta
    return z * np.exp(1j * angle)


def run(w, ids, norms):
    C, L, H, Hk, D = w["sizes"]
    x, T = w["embed"][ids], len(ids)
    theta = 10000.0 ** (-np.arange(D // 2) * 2 / D)
    hidden = np.triu(np.full((T, T), -np.inf), 1)

    def heads(y, count):
        return y.reshape(T, count, D).transpose(1, 0, 2)

    for l in range(L):
        y = rms(x, w["n1"][l])
        q, k = (heads(y @ w[s][l].T, n) for s, n in (("q", H), ("k", Hk)))
        q, k = (z[..., 0::2] + 1j * z[..., 1::2] for z in (q, k))
        for side, z in (("query", q), ("key", k)):
            norms[side][l].append(np.abs(z[:, 1:]))
        v = np.repeat(heads(y @ w["v"][l].T, Hk), H // Hk, 0)
        q, k = turn(q, theta), np.repeat(turn(k, theta), H // Hk, 0)
        scores = np.real(np.conj(q) @ k.transpose(0, 2, 1)) / math.sqrt(D) + hidden
        p = np.exp(scores - scores.max(-1, keepdims=True))
        p /= p.sum(-1, keepdims=True)
        x = x + (p @ v).transpose(1, 0, 2).reshape(T, C) @ w["o"][l].T
        y = rms(x, w["n2"][l])
        gate = y @ w["gate"][l].T
        x = x + (gate / (1 + np.exp(-gate)) * (y @ w["up"][l].T)) @ w["down"][l].T
    logits = rms(x, w["n3"]) @ w["embed"].T
    logits -= np.log(np.exp(logits).sum(-1, keepdims=True))
    return -logits[np.arange(T - 1), ids[1:]].mean(), logits[-1]


def main():
    weights = read_model(ROOT / "stories260k" / "stories260K.bin")
    pieces = read_pieces(ROOT / "stories260k" / "tok512.bin")
    sonnets = (ROOT / "sonnets" / "sonnets.txt").read_text().split("\n\n")
    texts = [s.strip() for s in sonnets if s.strip()][:TEXTS]
    L = weights["sizes"][1]
    norms = {"query": [[] for _ in range(L)], "key": [[] for _ in range(L)]}
    out = {"texts": []}
    for text in texts:
        ids = encode(pieces, text)
        loss, last = run(weights, ids, norms)
        out["texts"].append({"ids": ids, "loss": loss, "last_log_probabilities": last[:8].tolist()})
    for side, layers in norms.items():
        pooled = [np.concatenate(blocks, 1).mean(1) for blocks in layers]  # [H, F]
        out[side + "_norm_mean"] = [p.mean(0).tolist() for p in pooled]
        out[side + "_norm_mean_per_head"] = [p.tolist() for p in pooled]
    print(json.dumps(out))


main()
