"""Crops, pads and resizes against Albumentations and OpenCV."""

import albumentations as A
import albumentations.augmentations.crops.functional as C
import albumentations.augmentations.geometric.functional as F
import cv2

INTERPOLATIONS = {"nearest": 0, "linear": 1, "cubic": 2, "area": 3, "lanczos4": 4, "linear_exact": 5, "nearest_exact": 6}
BORDERS = {"constant": 0, "replicate": 1, "reflect": 2, "wrap": 3, "reflect_101": 4}


def make(cases):
    images = cases.inputs
    photo, noise = images["photo"], images["noise"]
    height, width = photo.shape[:2]
    box = [5, 3, 21, 17]
    cut = C.crop(photo, *box)
    exact = {"share": 1, "level": 0}
    cases.add("random-crop", {"type": "RandomCrop", "height": 14, "width": 16}, {"box": box}, "photo", cut, **exact)
    cases.add("crop", {"type": "Crop", "x_min": 5, "y_min": 3, "x_max": 21, "y_max": 17}, {"box": box}, "photo", cut, **exact)
    for border, code in BORDERS.items():
        pads = (4, 30, 7, 40)
        output = F.pad_with_params(photo, *pads, code, (9.0, 120.0, 250.0))
        cases.add(f"pad-{border}", {"type": "Pad", "padding": [7, 4, 40, 30], "border_mode": border, "fill": [9, 120, 250]},
                  {"box": [-7, -4, width + 40, height + 30]}, "photo", output, **exact)
    for name, code in INTERPOLATIONS.items():
        # Sizes at which no centre falls on an edge between two pixels: nearest_exact may then take either.
        for image, size in (("photo", (29, 35)), ("noise", (10, 13)), ("noise", (12, 41))):
            output = cv2.resize(images[image], size[::-1], interpolation=code)
            cases.add(f"resize-{name}-{image}-{size[0]}x{size[1]}",
                      {"type": "Resize", "height": size[0], "width": size[1], "interpolation": name}, {}, image, output)
    cases.add("resize-half", {"type": "Resize", "height": 12, "width": 16, "interpolation": "linear"}, {}, "noise",
              cv2.resize(noise, (16, 12), interpolation=1))
    cases.add("resized-crop", {"type": "RandomResizedCrop", "size": [20, 20]}, {"box": box}, "photo", F.resize(cut, (20, 20), 1))
    cases.add("resized-crop-area", {"type": "RandomResizedCrop", "size": [6, 7], "area_for_downscale": "image"}, {"box": box}, "photo",
              F.resize(cut, (6, 7), 3))
    cases.add("random-scale", {"type": "RandomScale"}, {"scale": 1.37}, "photo", F.scale(photo, 1.37, 1))
    cases.add("longest", {"type": "LongestMaxSize", "max_size": 20}, {"scale": 20 / 32}, "photo", F.resize(photo, (15, 20), 1))
    framed = C.crop_and_pad(photo, (0, 2, width - 3, height), (0, 4, 5, 0), 33.0, photo.shape[:2], 1, 0, True)
    cases.add("crop-and-pad", {"type": "CropAndPad", "px": [-2, -3, 4, 5], "fill": 33}, {"box": [-5, 2, width - 3, height + 4]}, "photo", framed)
    # Where these lie is decided by the sizes alone: the transforms themselves say it.
    for high, wide in ((13, 17), (14, 16)):
        top, left = (height - high) // 2, (width - wide) // 2
        cases.add(f"center-crop-{high}x{wide}", {"type": "CenterCrop", "height": high, "width": wide},
                  {"box": [left, top, left + wide, top + high]}, "photo", A.CenterCrop(high, wide, p=1)(image=photo)["image"], **exact)
        high, wide = high + 20, wide + 20
        top, left = (high - height) // 2, (wide - width) // 2
        cases.add(f"pad-if-needed-{high}x{wide}", {"type": "PadIfNeeded", "min_height": high, "min_width": wide, "fill": 7},
                  {"box": [-left, -top, wide - left, high - top]}, "photo",
                  A.PadIfNeeded(high, wide, fill=7, p=1)(image=photo)["image"], **exact)
    cases.add("smallest", {"type": "SmallestMaxSize", "max_size": 18}, {"scale": 18 / 24}, "photo",
              A.SmallestMaxSize(18, p=1)(image=photo)["image"])
    cases.add("from-borders", {"type": "RandomCropFromBorders"}, {"box": box}, "photo", cut, **exact)
    cases.add("random-sized-crop", {"type": "RandomSizedCrop", "min_max_height": [8, 16], "size": [20, 20]}, {"box": box}, "photo",
              F.resize(cut, (20, 20), 1))
