#!/usr/bin/env python3
"""Compares the speed of augmentation with Albumentations: the rows of its published benchmark, both on one thread.

    python3 -m venv venv && venv/bin/pip install albumentations==2.0.8
    cmake --build build/native --target striate_augment_bench
    venv/bin/python tests/bench/augment_compare.py [--small] [--write] [--rounds N] [row …]

Both work on the same picture, 500 x 375 with three channels of bytes; --small: on 128 pictures of 32 x 32. Sizes that would
not fit into those are scaled. A row runs in short turns, one library after the other, and counts processor time, so that
other programs on the machine disturb both alike; the figures are the medians of the turns.
--write puts the table beside the engine's sources, cpp/striate/augment/speed.md.
Source of the rows: Albumentations' README (2.0.4) and its benchmark's specifications.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
warnings.filterwarnings("ignore")

import albumentations  # noqa: E402
import cv2  # noqa: E402
import numpy as np  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCH = ROOT / "build" / "native" / "striate_augment_bench"
TABLE = ROOT / "cpp" / "striate" / "augment" / "speed.md"
LINEAR, NEAREST = 1, 0


def rows(small):
    """(row, transform, options): Albumentations' names and options, which Striate reads too."""
    crop, large, pad = (24, 48, 4) if small else (128, 512, 10)
    illumination = {"intensity_range": [0.01, 0.2]}
    plasma = {"roughness": 0.5}
    return [
        ("Affine", "Affine", {"rotate": [25, 25], "translate_px": {"x": [20, 20], "y": [20, 20]}, "scale": [2, 2],
                              "shear": {"x": [10, 10], "y": [15, 15]}, "interpolation": LINEAR}),
        ("AutoContrast", "AutoContrast", {}),
        ("Blur", "Blur", {"blur_limit": [5, 5]}),
        ("Brightness", "RandomBrightnessContrast", {"brightness_limit": [0.2, 0.2], "contrast_limit": [0, 0]}),
        ("CLAHE", "CLAHE", {"clip_limit": [1, 4], "tile_grid_size": [8, 8]}),
        ("CenterCrop128", "CenterCrop", {"height": crop, "width": crop}),
        ("ChannelDropout", "ChannelDropout", {}),
        ("ChannelShuffle", "ChannelShuffle", {}),
        ("CoarseDropout", "CoarseDropout", {"hole_height_range": [0.1, 0.1], "hole_width_range": [0.1, 0.1],
                                            "num_holes_range": [4, 4]}),
        ("ColorJitter", "ColorJitter", {"brightness": 0.5, "contrast": 1.5, "saturation": 1.5, "hue": 0.5}),
        ("Contrast", "RandomBrightnessContrast", {"brightness_limit": [0, 0], "contrast_limit": [0.2, 0.2]}),
        ("CornerIllumination", "Illumination", {"mode": "corner", **illumination}),
        ("Elastic", "ElasticTransform", {"alpha": 50, "sigma": 5, "approximate": False, "same_dxdy": True}),
        ("Equalize", "Equalize", {}),
        ("Erasing", "Erasing", {"scale": [0.02, 0.33], "ratio": [0.3, 3.3], "fill": 0}),
        ("GaussianBlur", "GaussianBlur", {"sigma_limit": [2, 2], "blur_limit": [5, 5]}),
        ("GaussianIllumination", "Illumination", {"mode": "gaussian", **illumination}),
        ("GaussianNoise", "GaussNoise", {"mean_range": [0, 0], "std_range": [0.44, 0.44], "per_channel": True}),
        ("Grayscale", "ToGray", {}),
        ("HSV", "HueSaturationValue", {"hue_shift_limit": 20, "sat_shift_limit": 30, "val_shift_limit": 20}),
        ("HorizontalFlip", "HorizontalFlip", {}),
        ("Hue", "HueSaturationValue", {"hue_shift_limit": [20, 20], "sat_shift_limit": [0, 0], "val_shift_limit": [0, 0]}),
        ("Invert", "InvertImg", {}),
        ("JpegCompression", "ImageCompression", {"quality_range": [50, 50]}),
        ("LinearIllumination", "Illumination", {"mode": "linear", **illumination}),
        ("MedianBlur", "MedianBlur", {"blur_limit": [5, 5]}),
        ("MotionBlur", "MotionBlur", {"blur_limit": [5, 5]}),
        ("Normalize", "Normalize", {}),
        ("OpticalDistortion", "OpticalDistortion", {"distort_limit": [0.5, 0.5]}),
        ("Pad", "Pad", {"padding": pad}),
        ("Perspective", "Perspective", {"scale": [0.05, 0.1]}),
        ("PlankianJitter", "PlanckianJitter", {"mode": "blackbody"}),
        ("PlasmaBrightness", "PlasmaBrightnessContrast", {"contrast_range": [0, 0], **plasma}),
        ("PlasmaContrast", "PlasmaBrightnessContrast", {"brightness_range": [0, 0], **plasma}),
        ("PlasmaShadow", "PlasmaShadow", plasma),
        ("Posterize", "Posterize", {"num_bits": 4}),
        ("RGBShift", "RGBShift", {f"{channel}_shift_limit": 100 for channel in "rgb"}),
        ("Rain", "RandomRain", {"drop_width": 5, "drop_length": 20, "brightness_coefficient": 1.0}),
        ("RandomCrop128", "RandomCrop", {"height": crop, "width": crop}),
        ("RandomGamma", "RandomGamma", {"gamma_limit": [120, 120]}),
        ("RandomResizedCrop", "RandomResizedCrop", {"size": [large, large], "scale": [0.08, 1.0], "ratio": [0.75, 1.3333333]}),
        ("Resize", "Resize", {"height": large, "width": large}),
        ("Rotate", "Rotate", {"limit": [45, 45], "interpolation": NEAREST}),
        ("SaltAndPepper", "SaltAndPepper", {"amount": [0.01, 0.06], "salt_vs_pepper": [0.4, 0.6]}),
        ("Saturation", "HueSaturationValue", {"hue_shift_limit": [0, 0], "sat_shift_limit": [50, 50], "val_shift_limit": [0, 0]}),
        ("Sharpen", "Sharpen", {"alpha": [0.2, 0.5], "lightness": [0.5, 1.0]}),
        ("Shear", "Affine", {"shear": [10, 10]}),
        ("Snow", "RandomSnow", {"snow_point_range": [0.5, 0.5]}),
        ("Solarize", "Solarize", {"threshold_range": [0.5, 0.5]}),
        ("ThinPlateSpline", "ThinPlateSpline", {"num_control_points": 2, "scale_range": [0.5, 0.5]}),
        ("VerticalFlip", "VerticalFlip", {}),
    ]


def picture(height, width):
    """Smooth colours, edges and a little noise: what photographs have."""
    random = np.random.default_rng(7)
    y, x = np.mgrid[:height, :width].astype(np.float64)
    x, y = x * 500 / width, y * 375 / height
    image = np.stack([x / 2 + 20 * np.sin(y / 9), y / 2 + 40 + 30 * np.cos(x / 25), x * 0.2 + y * 0.3], -1)
    image[(x - 320) ** 2 + (y - 120) ** 2 < 4000] = (230, 60, 20)
    image[(y > 200) & (x < 180) & (x > 60)] *= 0.45
    return np.clip(image + random.normal(0, 8, image.shape), 0, 255).astype(np.uint8)


class Striate:
    """The bench program: a policy a line in, a figure a line out. Its batch is `images`."""

    def __init__(self, images, seconds):
        count, height, width, channels = images.shape
        self.file = tempfile.NamedTemporaryFile(suffix=".planes")
        self.file.write(np.ascontiguousarray(images.transpose(0, 3, 1, 2)).tobytes())
        self.file.flush()
        words = [str(BENCH), "-", *map(str, (height, width, channels, count, seconds)), self.file.name]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def rate(self, policy):
        self.process.stdin.write(json.dumps(policy) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise SystemExit(f"{policy}: {answer['error']}")
        return answer["images_per_s_median"]


def tuples(value):
    """Options as Albumentations wants them."""
    if isinstance(value, list):
        return tuple(tuples(item) for item in value)
    return {key: tuples(item) for key, item in value.items()} if isinstance(value, dict) else value


def rate_there(transform, images, seconds):
    for image in images:
        transform(image=image)
    rates = []
    for _ in range(5):
        start, done, spent = time.process_time(), 0, 0
        while spent < seconds / 5:
            for image in images:
                np.ascontiguousarray(transform(image=image)["image"])
            done += len(images)
            spent = time.process_time() - start
        rates.append(done / spent)
    return statistics.median(rates)


def measure(small, wanted, rounds, seconds):
    height, width, batch = (32, 32, 128) if small else (375, 500, 1)
    whole = picture(375, 500)
    tiles = [np.ascontiguousarray(whole[8 * (i % 40):, 3 * i:][:32, :32]) for i in range(batch)]
    images = np.stack(tiles) if small else whole[None]
    assert images.shape == (batch, height, width, 3)
    ours = Striate(images, seconds)
    table = []
    policies = [(name, [(kind, options)]) for name, kind, options in rows(small)]
    if small:
        shift = {"translate_percent": {"x": [-0.1, 0.1], "y": [-0.1, 0.1]}, "rotate": [-15, 15], "scale": [0.9, 1.1]}
        policies.append(("flip, shift, turn, scale, brightness",
                         [("HorizontalFlip", {"p": 0.5}), ("Affine", shift), ("RandomBrightnessContrast", {"contrast_limit": [0, 0]})]))
    for name, steps in policies:
        if wanted and name not in wanted:
            continue
        policy = [{"type": kind, "p": 1, **options} for kind, options in steps]
        made = [getattr(albumentations, kind)(**tuples({"p": 1, **options})) for kind, options in steps]
        transform = made[0] if len(made) == 1 else albumentations.Compose(made)
        pairs = [(ours.rate(policy), rate_there(transform, images, seconds)) for _ in range(rounds)]
        mine, theirs = (statistics.median(column) for column in zip(*pairs))
        ratio = statistics.median(a / b for a, b in pairs)
        table.append((name, mine, theirs, ratio))
        print(f"{name:38} {mine:12.0f} {theirs:12.0f} {ratio:8.2f}", flush=True)
    ours.process.stdin.close()
    ours.process.wait()
    return table


def summary(table, least):
    ratios = sorted(ratio for *_, ratio in table)
    reached = sum(ratio >= least for ratio in ratios)
    return (f"{reached} of {len(ratios)} rows at least {least:g} times as fast, "
            f"the slowest {ratios[0]:.2f}, the median {statistics.median(ratios):.2f} times.")


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if sys.platform == "linux" else []:
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def write(large, small):
    versions = (f"Albumentations {albumentations.__version__}, OpenCV {cv2.__version__}, numpy {np.__version__}, "
                f"Python {platform.python_version()}, {processor()}")
    lines = ["# Speed beside Albumentations", "",
             "Images a second on one thread, made by `tests/bench/augment_compare.py --write` with",
             versions + ".", ""]
    for title, table, least in (("500 × 375 × 3 bytes", large, 1), ("128 images of 32 × 32 × 3 bytes, one after the other", small, 20)):
        lines += [f"## {title}", "", summary(table, least), "", "| row | Striate | Albumentations | times |", "|---|--:|--:|--:|"]
        lines += [f"| {name} | {mine:.0f} | {theirs:.0f} | {ratio:.2f} |" for name, mine, theirs, ratio in table]
        lines.append("")
    TABLE.write_text("\n".join(lines))


def main():
    parser = argparse.ArgumentParser(description="Compares the speed of augmentation with Albumentations.")
    parser.add_argument("rows", nargs="*", help="rows of the table; all without")
    parser.add_argument("--small", action="store_true", help="128 images of 32 x 32")
    parser.add_argument("--write", action="store_true", help="both sizes, into cpp/striate/augment/speed.md")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.2, help="of each library in a round")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    cv2.ocl.setUseOpenCL(False)
    if options.write:
        write(*(measure(small, [], options.rounds, options.seconds) for small in (False, True)))
        return
    table = measure(options.small, options.rows, options.rounds, options.seconds)
    print(summary(table, 20 if options.small else 1))


if __name__ == "__main__":
    main()
