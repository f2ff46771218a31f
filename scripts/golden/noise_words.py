"""The random words of noise fields, as cpp/striate/kernels/image/noise_word.hpp makes them."""

import numpy as np


def mix(x):
    x = np.asarray(x, np.uint32)
    x = x ^ (x >> np.uint32(16))
    x = x * np.uint32(0x7FEB352D)
    x = x ^ (x >> np.uint32(15))
    x = x * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))


def words(seed, index, stream):
    with np.errstate(over="ignore"):
        seed = np.uint32(seed)
        return mix(mix(np.asarray(index, np.uint32) ^ seed) + seed + np.uint32(0x9E3779B9) * np.uint32(stream + 1))


def uniform(seed, stream, count):
    return (words(seed, np.arange(count), stream) >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-24)


def normal(seed, stream, count):
    half = (count + 1) // 2
    index = np.arange(half)
    u = ((words(seed, index, 2 * stream) >> np.uint32(8)).astype(np.float64) + 1) * 2.0**-24
    v = (words(seed, index, 2 * stream + 1) >> np.uint32(8)).astype(np.float64) * 2.0**-24
    length = np.sqrt(-2 * np.log(u))
    return np.concatenate([length * np.cos(2 * np.pi * v), length * np.sin(2 * np.pi * v)])[:count]
