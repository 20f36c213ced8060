"""Weights that are a function of a tensor's name, as tests/made_weights.hpp makes them too."""

import numpy as np


def splitmix64(x):
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def fnv64(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) % 2**64
    return value


def made(name, shape, norms_minus_one):
    count = int(np.prod(shape))
    with np.errstate(over="ignore"):
        state = np.uint64(fnv64(name)) + np.arange(count, dtype=np.uint64)
        u = splitmix64(state).astype(np.float64) / 2.0**63 - 1
    if len(shape) > 1:
        values = 0.25 * u
    else:
        values = 0.2 * u + (1 if name.endswith("weight") and not norms_minus_one else 0)
    return values.astype(np.float32).reshape(shape)
