"""The operations of automatic policies, and chains of them, against Pillow."""

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

OPERATIONS = ["identity", "shear_x", "shear_y", "translate_x", "translate_y", "rotate", "brightness", "colour", "contrast", "sharpness", "posterize",
              "solarize", "auto_contrast", "equalize"]


def operate(image, name, m, resample=Image.Resampling.NEAREST):
    affine = {"shear_x": (1, m, 0, 0, 1, 0), "shear_y": (1, 0, 0, m, 1, 0), "translate_x": (1, 0, -m, 0, 1, 0), "translate_y": (1, 0, 0, 0, 1, -m)}
    enhance = {"brightness": ImageEnhance.Brightness, "colour": ImageEnhance.Color, "contrast": ImageEnhance.Contrast, "sharpness": ImageEnhance.Sharpness}
    if name in affine:
        return image.transform(image.size, Image.Transform.AFFINE, affine[name], resample)
    if name in enhance:
        return enhance[name](image).enhance(1 + m)
    return {
        "identity": lambda: image,
        "rotate": lambda: image.rotate(m, resample),
        "posterize": lambda: ImageOps.posterize(image, int(m)),
        "solarize": lambda: ImageOps.solarize(image, m),
        "auto_contrast": lambda: ImageOps.autocontrast(image),
        "equalize": lambda: ImageOps.equalize(image),
    }[name]()


def make(cases):
    photo, gray = Image.fromarray(cases.inputs["photo"]), Image.fromarray(cases.inputs["gray"][..., 0])
    magnitudes = {"identity": [0], "shear_x": [0.3, -0.17], "shear_y": [0.25, -0.3], "translate_x": [7, -3], "translate_y": [5, -9], "rotate": [30, -11.5],
                  "posterize": [3, 8], "solarize": [130.7, 0, 255], "auto_contrast": [0], "equalize": [0]}
    for place, name in enumerate(OPERATIONS):
        for m in magnitudes.get(name, [0.9, -0.4, 0.27]):
            for input_name, image in (("photo", photo), ("gray", gray)):
                cases.add(f"{name}-{m:g}-{input_name}", {"type": "TrivialAugment"}, {"operations": [place], "magnitudes": [m]}, input_name, np.asarray(operate(image, name, m)))
    dark = Image.fromarray(cases.inputs["dark"])
    for name in ("auto_contrast", "equalize"):
        cases.add(f"{name}-dark", {"type": "TrivialAugment"}, {"operations": [OPERATIONS.index(name)], "magnitudes": [0]}, "dark", np.asarray(operate(dark, name, 0)))

    def chain(names, numbers):
        image = photo
        for name, m in zip(names, numbers):
            image = operate(image, name, m)
        return image

    chains = (["solarize", "rotate"], ["colour", "shear_y", "posterize"], ["sharpness"])
    numbers = ([180, 20], [-0.6, 0.21, 4], [0.8])
    for i in range(2):
        cases.add(f"randaugment-{i}", {"type": "RandAugment"}, {"operations": [OPERATIONS.index(n) for n in chains[i]], "magnitudes": numbers[i]}, "photo",
                  np.asarray(chain(chains[i], numbers[i])))
    weights, own = [0.5, 0.2, 0.3], 0.35
    mixed = own * np.asarray(photo, np.float64)
    for names, values, weight in zip(chains, numbers, weights):
        mixed += (1 - own) * weight * np.asarray(chain(names, values), np.float64)
    cases.add("augmix", {"type": "AugMix", "interpolation": "nearest"},
              {"own": own, "weights": weights, "depths": [len(c) for c in chains], "operations": [OPERATIONS.index(n) for c in chains for n in c],
               "magnitudes": [m for n in numbers for m in n]}, "photo", np.rint(mixed).astype(np.uint8))
