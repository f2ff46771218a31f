"""Noise against Albumentations' formulas, with the fields that Striate grows from a seed."""

import albumentations.augmentations.pixel.functional as F
import numpy as np
from scipy import stats

import noise_words


def planes(make, seed, shape, apart):
    """A field for each channel as H × W × C, or one for all."""
    height, width, channels = shape
    fields = [make(seed, c if apart else 0, height * width).reshape(height, width) for c in range(channels)]
    return np.stack(fields, -1)


def laplace(seed, stream, count):
    a, b, c, d = (noise_words.normal(seed, 4 * stream + k, count) for k in range(4))
    return a * b + c * d


def make(cases):
    images = cases.inputs
    photo, gray = images["photo"], images["gray"]
    for apart in (True, False):
        field = planes(noise_words.normal, 5, photo.shape, apart)
        cases.add(f"gauss-{'apart' if apart else 'shared'}", {"type": "GaussNoise", "per_channel": apart}, {"std": 0.2, "mean": 0.03, "seed": 5}, "photo",
                  F.add_noise(photo, (255 * (0.2 * field + 0.03)).astype(np.float32)))
    field = planes(noise_words.uniform, 9, photo.shape, True)
    cases.add("additive-uniform", {"type": "AdditiveNoise", "spatial_mode": "per_pixel"}, {"location": -0.1, "scale": 0.2, "seed": 9}, "photo",
              F.add_noise(photo, (255 * (-0.1 + 0.2 * field)).astype(np.float32)))
    field = planes(laplace, 9, photo.shape, False)
    cases.add("additive-laplace", {"type": "AdditiveNoise", "noise_type": "laplace", "spatial_mode": "shared"}, {"location": 0.02, "scale": 0.1, "seed": 9},
              "photo", F.add_noise(photo, (255 * (0.02 + 0.1 * field)).astype(np.float32)))
    field = 2 * stats.beta(0.7, 1.4).ppf(planes(noise_words.uniform, 31, photo.shape, True)) - 1
    cases.add("additive-beta", {"type": "AdditiveNoise", "noise_type": "beta", "spatial_mode": "per_pixel"},
              {"alpha": 0.7, "beta": 1.4, "scale": 0.25, "seed": 31}, "photo", F.add_noise(photo, (255 * 0.25 * field).astype(np.float32)))
    values = [0.06, -0.031, 0.1]
    cases.add("additive-constant", {"type": "AdditiveNoise"}, {"noise": values}, "photo", F.add_noise(photo, 255 * np.array(values)))
    cases.add("multiplicative", {"type": "MultiplicativeNoise"}, {"multiplier": [1.13]}, "photo", F.multiply(photo, 1.13))
    cases.add("multiplicative-channels", {"type": "MultiplicativeNoise", "per_channel": True}, {"multiplier": [0.9, 1.1, 1.05]}, "photo",
              F.multiply(photo, np.array([0.9, 1.1, 1.05], np.float32)))
    field = planes(noise_words.uniform, 4, photo.shape, True)
    cases.add("multiplicative-elements", {"type": "MultiplicativeNoise", "per_channel": True, "elementwise": True}, {"seed": 4}, "photo",
              F.multiply(photo, (0.9 + 0.2 * field).astype(np.float32)))
    # Shot noise: the words as probabilities of the Poisson distribution of each value's light.
    for scale in (0.05, 0.3):
        words = noise_words.words(12, np.arange(photo.size), 0).astype(np.float64) / 2**32
        light = (photo.transpose(2, 0, 1).ravel() / 255.0) ** 2.2
        quanta = stats.poisson((light + scale * 1e-6) / scale).ppf(words)
        shot = np.rint(255 * np.clip(quanta * scale, 0, 1) ** (1 / 2.2)).astype(np.uint8).reshape(3, *photo.shape[:2]).transpose(1, 2, 0)
        cases.add(f"shot-{scale:g}", {"type": "ShotNoise"}, {"scale": scale, "seed": 12}, "photo", shot)
    drop = noise_words.words(3, np.arange(gray.size), 0).astype(np.float64) < 0.2 * 2**32
    cases.add("pixel-dropout", {"type": "PixelDropout", "dropout_prob": 0.2}, {"values": [200], "seed": 3}, "gray",
              F.pixel_dropout(gray, drop.reshape(gray.shape), np.full(gray.shape, 200, np.uint8)), share=1, level=0)
