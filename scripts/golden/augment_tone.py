"""Brightness, contrast, gamma, tone curves, inversion, solarize, posterize against Albumentations."""

import albumentations.augmentations.pixel.functional as F
import albucore
import numpy as np


def make(cases):
    images = cases.inputs
    photo = images["photo"]
    for alpha, brightness in ((1.2, 0.1), (0.7, -0.2), (1.0, 0.3), (1.4, 0.0)):
        cases.add(f"brightness-contrast-{alpha:g}-{brightness:g}", {"type": "RandomBrightnessContrast"},
                  {"alpha": alpha, "brightness": brightness}, "photo", albucore.multiply_add(photo, alpha, brightness * 255.0))
    mean = float(np.mean(photo))
    cases.add("brightness-by-mean", {"type": "RandomBrightnessContrast", "brightness_by_max": False},
              {"alpha": 1.1, "brightness": 0.15}, "photo", albucore.multiply_add(photo, 1.1, 0.15 * mean))
    safe = F.get_safe_brightness_contrast_params(1.2, 0.2 * 255, 255)
    cases.add("brightness-safe", {"type": "RandomBrightnessContrast", "ensure_safe_range": True},
              {"alpha": 1.2, "brightness": 0.2}, "photo", albucore.multiply_add(photo, float(safe[0]), float(safe[1])))
    for gamma in (0.5, 0.8, 1.0, 1.2, 2.5):
        cases.add(f"gamma-{gamma:g}", {"type": "RandomGamma"}, {"gamma": gamma}, "photo", F.gamma_transform(photo, gamma))
    cases.add("tone-curve", {"type": "RandomToneCurve"}, {"low_y": [0.1], "high_y": [0.85]}, "photo", F.move_tone_curve(photo, 0.1, 0.85))
    low, high = [0.3, 0.2, 0.4], [0.7, 0.95, 0.6]
    cases.add("tone-curve-channels", {"type": "RandomToneCurve", "per_channel": True}, {"low_y": low, "high_y": high}, "photo",
              F.move_tone_curve(photo, np.array(low), np.array(high)))
    cases.add("invert", {"type": "InvertImg"}, {}, "photo", F.invert(photo), share=1, level=0)
    for threshold in (0.0, 0.3, 0.5, 1.0):
        cases.add(f"solarize-{threshold:g}", {"type": "Solarize"}, {"threshold": threshold}, "photo", F.solarize(photo, threshold),
                  share=1, level=0)
    for bits in (1, 4, 7):
        cases.add(f"posterize-{bits}", {"type": "Posterize"}, {"num_bits": [bits]}, "photo", F.posterize(photo, bits), share=1, level=0)
    cases.add("posterize-channels", {"type": "Posterize", "num_bits": [2, 3, 5]}, {"num_bits": [2, 3, 5]}, "photo",
              F.posterize(photo.copy(), [2, 3, 5]), share=1, level=0)
