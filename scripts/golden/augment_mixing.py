"""Domain adaptation against Albumentations."""

import albumentations.augmentations.mixing.domain_adaptation_functional as F
import cv2
import numpy as np


def axes(pixels):
    values, vectors = np.linalg.eigh(np.cov(pixels, rowvar=False, bias=True))
    return vectors[:, np.argsort(values)[::-1]]


def adapted(image, other, kind, ratio):
    """What adapt_pixel_distribution means: its own result is on the scale 0…1, cut like bytes, and turns axes by chance."""
    channels = image.shape[-1]
    v, r = image.reshape(-1, channels).astype(np.float64), other.reshape(-1, channels).astype(np.float64)
    if kind == "standard":
        made = (v - v.mean(0)) / v.std(0) * r.std(0) + r.mean(0)
    elif kind == "minmax":
        made = (v - v.min(0)) / (v.max(0) - v.min(0)) * (r.max(0) - r.min(0)) + r.min(0)
    else:
        own, theirs = axes(v), axes(r)
        theirs = theirs * np.sign((own * theirs).sum(0))
        made = (v - v.mean(0)) @ own @ theirs.T + r.mean(0)
    return np.clip(np.rint(ratio * made.reshape(image.shape) + (1 - ratio) * image), 0, 255).astype(np.uint8)


def make(cases):
    photo, dark, noise, gray = (cases.inputs[name] for name in ("photo", "dark", "noise", "gray"))
    random = np.random.default_rng(19)
    cases.inputs["large"] = large = np.clip(cv2.resize(photo[:, ::-1], (41, 30)) * 0.7 + random.normal(20, 5, (30, 41, 3)), 0, 255).astype(np.uint8)
    cases.inputs["flat"] = flat = cv2.GaussianBlur(gray, (0, 0), 4)[..., None]
    for name, own, other, image in (("dark", "photo", "dark", photo), ("large", "noise", "large", noise), ("gray", "gray", "flat", gray)):
        reference = cases.inputs[other]
        for ratio in (1.0, 0.4):
            cases.add(f"histogram-{name}-{ratio:g}", {"type": "HistogramMatching"}, {"reference": 0, "blend_ratio": ratio}, own,
                      F.apply_histogram(image, reference, ratio).reshape(image.shape), pool=other)
        for beta in (0.0, 0.1, 0.3, 0.5):
            target = cv2.resize(reference, (image.shape[1], image.shape[0])).reshape(image.shape)
            cases.add(f"fda-{name}-{beta:g}", {"type": "FDA"}, {"reference": 0, "beta": beta}, own, F.fourier_domain_adaptation(image, target, beta), pool=other)
    for kind in ("pca", "standard", "minmax"):
        for ratio in (1.0, 0.3):
            cases.add(f"pixels-{kind}-{ratio:g}", {"type": "PixelDistributionAdaptation", "transform_type": kind}, {"reference": 0, "blend_ratio": ratio},
                      "photo", adapted(photo, noise, kind, ratio), pool="noise")
    cases.add("pixels-gray", {"type": "PixelDistributionAdaptation", "transform_type": "standard"}, {"reference": 0, "blend_ratio": 0.8}, "gray",
              adapted(gray, flat, "standard", 0.8), pool="flat")
    cases.add("mixup", {"type": "MixUp"}, {"partner": 0, "weight": 0.3}, "photo", cv2.addWeighted(photo, 0.3, noise, 0.7, 0), pool="noise")
    cut = photo.copy()
    cut[5:17, 20:32] = noise[5:17, 20:32]
    cases.add("cutmix", {"type": "CutMix"}, {"partner": 0, "weight": 0.8125, "x": 20, "y": 5, "width": 12, "height": 12}, "photo", cut, share=1, level=0, pool="noise")
