#!/usr/bin/env python3
"""Writes tests/golden/augment/policies.jsonl: what Albumentations' to_dict gives, a line each, for every transform that can
be written so, with its defaults, and for one policy with every composition.

    venv/bin/python scripts/golden/augment_policies.py    # a venv as augment.py wants it
"""

import inspect
import json
import os
import pathlib
import warnings

os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
warnings.filterwarnings("ignore")

import albumentations as A  # noqa: E402
from albumentations.core.transforms_interface import BasicTransform, DualTransform, ImageOnlyTransform, Transform3D  # noqa: E402

FILE = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "augment" / "policies.jsonl"
# What they do not make without being told.
NEEDED = {
    "CenterCrop": {"height": 16, "width": 16},
    "CropAndPad": {"px": 2},
    "GridElasticDeform": {"num_grid_xy": (4, 4), "magnitude": 3},
    "LongestMaxSize": {"max_size": 20},
    "RandomCrop": {"height": 16, "width": 16},
    "RandomResizedCrop": {"size": (16, 16)},
    "RandomSizedCrop": {"min_max_height": (8, 16), "size": (16, 16)},
    "Resize": {"height": 16, "width": 16},
    "SmallestMaxSize": {"max_size": 20},
}
BASES = (BasicTransform, DualTransform, ImageOnlyTransform, Transform3D)


def policies():
    for name, kind in sorted(vars(A).items()):
        if not (inspect.isclass(kind) and issubclass(kind, BasicTransform)) or kind in BASES or inspect.isabstract(kind):
            continue
        try:
            yield A.to_dict(kind(**NEEDED.get(name, {})))
        except (NotImplementedError, ValueError):
            pass  # needs files, functions or other images, which a policy cannot hold
    yield A.to_dict(A.Compose([
        A.OneOf([A.Blur(blur_limit=(3, 5)), A.GaussNoise(p=0.8)], p=0.7),
        A.SomeOf([A.RandomGamma(), A.Posterize(num_bits=(3, 5)), A.InvertImg()], n=2, replace=True),
        A.RandomOrder([A.D4(), A.Sequential([A.Affine(translate_percent={"x": (0, 0.1), "y": 0.2}), A.NoOp()], p=0.5)], n=2),
        A.OneOrOther(A.HorizontalFlip(), A.Transpose(), p=0.3),
        A.Rotate(limit=(-20, 30), border_mode=4, fill=(1, 2, 3), p=0.9),
    ], p=0.9, seed=7))


def main():
    lines = [json.dumps(policy, separators=(",", ":"), default=str) for policy in policies()]
    FILE.write_text("\n".join(lines) + "\n")
    print(f"{len(lines)} policies")


if __name__ == "__main__":
    main()
