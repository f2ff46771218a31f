#!/usr/bin/env python3
"""Makes tests/golden/augment: what Albumentations, OpenCV and Pillow make of small images with fixed parameters.

    python3 -m venv venv && venv/bin/pip install albumentations==2.0.8 pillow scipy
    venv/bin/python scripts/golden/augment.py [family …]

One file a family. A case names an input, a transform with its options, the parameters as Striate's log writes them, and
the image that the other library makes. The C++ test replays the log and compares; it needs no change for a new case.
VERSIONS.json records what made them.
"""

import importlib
import json
import os
import pathlib
import platform
import sys
import warnings

os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
warnings.filterwarnings("ignore")

import albumentations  # noqa: E402
import cv2  # noqa: E402
import numpy as np  # noqa: E402
import PIL  # noqa: E402

import safetensors_writer  # noqa: E402

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "augment"
FAMILIES = ["geometry", "tone", "colour", "crops", "blur", "noise", "dropout", "weather", "distortion", "mixing", "pillow"]
HEIGHT, WIDTH = 24, 32


class Array:
    """A numpy array with the few methods that the writer asks of a torch tensor."""

    def __init__(self, array):
        self.array = np.ascontiguousarray(array)
        self.shape = self.array.shape
        self.dtype = f"torch.{self.array.dtype}"

    def detach(self):
        return self

    contiguous = detach

    def numpy(self):
        return self.array


def photo():
    """Smooth colours, edges, texture and a few saturated spots: what a photograph has, in 24 × 32 pixels."""
    random = np.random.default_rng(5)
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)
    image = np.stack([40 + 5.5 * x + 20 * np.sin(y / 3), 200 - 6 * y + 25 * np.cos(x / 4), 90 + 3 * (x + y)], -1)
    image[6:14, 4:12] = (230, 60, 20)
    image[10:20, 18:27] *= 0.45
    image[(x - 24) ** 2 + (y - 7) ** 2 < 20] = (20, 90, 240)
    image += random.normal(0, 6, image.shape)
    image[2, 3] = 255
    image[20, 5] = 0
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def inputs():
    random = np.random.default_rng(7)
    image = photo()
    return {
        "photo": image,
        "gray": image[..., 1:2].copy(),
        "noise": random.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8),
        "dark": (photo() // 3 + 10).astype(np.uint8),
    }


class Cases:
    def __init__(self):
        self.inputs = inputs()
        self.tensors, self.metadata = {}, {}

    def add(self, name, transform, parameters, image, output, share=None, level=None, why=None, pool=None):
        """transform: {"type": …, options}; parameters: {name: number or list}; image: an input's name; output: H × W × C.
        pool: the input that stands for all other images. share, level, why: how many pixels may differ by no more than how many levels, and the reason, when it is not 99.5%
        and 1."""
        if output.ndim == 2:
            output = output[..., None]
        assert output.dtype == np.uint8, (name, output.dtype)
        assert name not in self.metadata, name
        self.tensors[name] = Array(output.transpose(2, 0, 1))
        case = {"input": image, "transform": transform, "parameters": plain(parameters)}
        for key, value in (("share", share), ("level", level), ("why", why), ("pool", pool)):
            if value is not None:
                case[key] = value
        self.metadata[name] = json.dumps(case, separators=(",", ":"))

    def write(self, family):
        used = set()
        for case in map(json.loads, self.metadata.values()):
            used |= {case["input"], case.get("pool", case["input"])}
        tensors = {f"in/{name}": Array(self.inputs[name].transpose(2, 0, 1)) for name in sorted(used)}
        tensors.update(self.tensors)
        safetensors_writer.write(FOLDER / f"{family}.safetensors", tensors, self.metadata)


def plain(value):
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(one) for one in value]
    return value.item() if isinstance(value, np.generic) else value


def main():
    cv2.setNumThreads(1)
    FOLDER.mkdir(parents=True, exist_ok=True)
    counts = {}
    path = FOLDER / "VERSIONS.json"
    if path.exists():
        counts = json.loads(path.read_text())["cases"]
    for family in sys.argv[1:] or FAMILIES:
        cases = Cases()
        importlib.import_module(f"augment_{family}").make(cases)
        cases.write(family)
        counts[family] = len(cases.metadata)
    versions = {"albumentations": albumentations.__version__, "opencv": cv2.__version__, "numpy": np.__version__,
                "pillow": PIL.__version__, "python": platform.python_version(), "cases": counts}
    path.write_text(json.dumps(versions, indent=2) + "\n")


if __name__ == "__main__":
    main()
