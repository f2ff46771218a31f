"""Tone and light against Albumentations and OpenCV."""

import albumentations.augmentations.pixel.functional as F
import albucore
import numpy as np

import noise_words


class Words:
    """Gives generate_plasma_pattern the uniform values that Striate's plasma grows from."""

    def __init__(self, seed):
        self.seed, self.level = seed, 0

    def uniform(self, low, high, shape):
        words = noise_words.words(self.seed, np.arange(np.prod(shape)), self.level) >> np.uint32(8)
        self.level += 1
        return (words.astype(np.float64) * 2.0**-23 - 1).reshape(shape) * high


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

    for image in ("photo", "dark", "gray"):
        for mode in ("cv", "pil"):
            cases.add(f"equalize-{mode}-{image}", {"type": "Equalize", "mode": mode}, {}, image, F.equalize(images[image].copy(), mode=mode))
        for method in ("cdf", "pil"):
            for cutoff in (0, 7):
                cases.add(f"auto-contrast-{method}-{cutoff}-{image}", {"type": "AutoContrast", "method": method, "cutoff": cutoff}, {}, image,
                          F.auto_contrast(images[image].copy(), cutoff, None, method))
    cases.add("equalize-luma", {"type": "Equalize", "by_channels": False}, {}, "photo", F.equalize(photo.copy(), mode="cv", by_channels=False))
    for limit, grid, image in ((2.0, (8, 8), "gray"), (4.0, (4, 3), "photo"), (3.0, (5, 7), "gray"), (40.0, (2, 2), "dark")):
        cases.add(f"clahe-{limit:g}-{grid[0]}x{grid[1]}-{image}", {"type": "CLAHE", "tile_grid_size": grid}, {"clip_limit": limit}, image,
                  F.clahe(images[image], limit, grid))

    for intensity, angle in ((0.15, 30.0), (-0.2, 200.0), (0.1, 0.0), (0.2, 135.0), (-0.1, 270.0)):
        cases.add(f"light-linear-{intensity:g}-{angle:g}", {"type": "Illumination"}, {"intensity": intensity, "angle": angle}, "photo",
                  F.apply_linear_illumination(photo, intensity, angle))
    for corner in range(4):
        cases.add(f"light-corner-{corner}", {"type": "Illumination", "mode": "corner"}, {"intensity": 0.2 - 0.3 * (corner % 2), "corner": corner},
                  "photo", F.apply_corner_illumination(photo, 0.2 - 0.3 * (corner % 2), corner))
    cases.add("light-gaussian", {"type": "Illumination", "mode": "gaussian"}, {"intensity": -0.2, "center_x": 0.3, "center_y": 0.6, "sigma": 0.35},
              "photo", F.apply_gaussian_illumination(photo, -0.2, (0.3, 0.6), 0.35))
    for roughness in (0.5, 3.0):
        def pattern():
            return F.generate_plasma_pattern(photo.shape[:2], roughness, Words(77))
        cases.add(f"plasma-{roughness:g}", {"type": "PlasmaBrightnessContrast", "roughness": roughness}, {"brightness": 0.2, "contrast": 0.25, "seed": 77},
                  "photo", F.apply_plasma_brightness_contrast(photo, 0.2, 0.25, pattern()))
        cases.add(f"plasma-shadow-{roughness:g}", {"type": "PlasmaShadow", "roughness": roughness}, {"intensity": 0.6, "seed": 77}, "photo",
                  F.apply_plasma_shadow(photo, 0.6, pattern()))
