"""Colour transforms against Albumentations and OpenCV."""

import albumentations.augmentations.pixel.functional as F
import numpy as np


def jitter(image, brightness, contrast, saturation, hue, order):
    steps = [F.adjust_brightness_torchvision, F.adjust_contrast_torchvision, F.adjust_saturation_torchvision, F.adjust_hue_torchvision]
    for step in order:
        image = steps[step](image, [brightness, contrast, saturation, hue][step])
    return image


def make(cases):
    images = cases.inputs
    photo, noise, gray = images["photo"], images["noise"], images["gray"]
    for name, (h, s, v) in {"all": (12.7, -25.3, 14.2), "hue": (-19.0, 0.0, 0.0), "saturation": (0.0, 60.0, 0.0)}.items():
        numbers = {"hue_shift": h, "sat_shift": s, "val_shift": v}
        for image in ("photo", "noise"):
            cases.add(f"hsv-{name}-{image}", {"type": "HueSaturationValue"}, numbers, image, F.shift_hsv(images[image], h, s, v))
    cases.add("hsv-gray", {"type": "HueSaturationValue"}, {"hue_shift": 5, "sat_shift": 5, "val_shift": -17.5}, "gray",
              F.shift_hsv(gray, 5, 5, -17.5))
    numbers = dict(brightness=1.15, contrast=0.8, saturation=1.3, hue=0.07)
    for order in ([0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]):
        cases.add("jitter-" + "".join(map(str, order)), {"type": "ColorJitter"}, {**numbers, "order": order}, "photo",
                  jitter(photo, **numbers, order=order), share=0.97,
                  why="OpenCV's addWeighted rounds once by FMA; what differs by one level there grows in the steps after it")
    cases.add("jitter-gray", {"type": "ColorJitter"}, {**numbers, "order": [0, 1, 2, 3]}, "gray", jitter(gray, **numbers, order=[0, 1, 2, 3]))
    shift = [14.6, -9.2, 3.99]
    cases.add("rgb-shift", {"type": "RGBShift"}, {"shift": shift}, "photo", F.add_noise(photo, np.array(shift)))
    for mode, temperature in (("blackbody", 3200), ("blackbody", 9750), ("cied", 4000), ("cied", 14999)):
        cases.add(f"planckian-{mode}-{temperature}", {"type": "PlanckianJitter", "mode": mode}, {"temperature": temperature}, "photo",
                  F.planckian_jitter(photo, temperature, mode))
