"""Dropout, grids and morphology against Albumentations and OpenCV."""

import albumentations.augmentations.dropout.functional as D
import albumentations.augmentations.geometric.functional as F
import cv2
import numpy as np

import noise_words


def make(cases):
    photo = cases.inputs["photo"]
    exact = {"share": 1, "level": 0}
    holes = np.array([[2, 3, 9, 11], [20, 0, 32, 6], [7, 8, 7, 12]])
    for name in ("CoarseDropout", "Erasing", "GridDropout", "XYMasking"):
        cases.add(f"holes-{name}", {"type": name, "fill": [9, 99, 199]}, {"holes": holes.ravel()}, "photo",
                  D.cutout(photo, holes, (9, 99, 199), None), **exact)
    noisy, uniform = photo.copy(), photo.copy()
    for place, (left, top, right, bottom) in enumerate(holes):
        for c in range(3):
            words = noise_words.words(8, np.arange((bottom - top) * (right - left)), place * 3 + c) >> np.uint32(24)
            noisy[top:bottom, left:right, c] = words.reshape(bottom - top, right - left)
            uniform[top:bottom, left:right, c] = noise_words.words(8, 0, place * 3 + c) >> np.uint32(24)
    cases.add("holes-random", {"type": "CoarseDropout", "fill": "random"}, {"holes": holes.ravel(), "seed": 8}, "photo", noisy, **exact)
    cases.add("holes-uniform", {"type": "CoarseDropout", "fill": "random_uniform"}, {"holes": holes.ravel(), "seed": 8}, "photo", uniform, **exact)

    rows, columns, mapping = [0, 8, 16, 24], [0, 11, 21, 32], [6, 4, 8, 3, 7, 5, 0, 1, 2]
    tiles = np.array([[rows[i], columns[j], rows[i + 1], columns[j + 1]] for i in range(3) for j in range(3)])
    cases.add("grid-shuffle", {"type": "RandomGridShuffle"}, {"rows": rows, "columns": columns, "mapping": mapping}, "photo",
              F.swap_tiles_on_image(photo, tiles, mapping), **exact)
    for scale in ((2, 3), (3, 3), (4, 5), (7, 9), (1, 1)):
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, scale)
        for operation in ("dilation", "erosion"):
            cases.add(f"{operation}-{scale[0]}x{scale[1]}", {"type": "Morphological", "scale": scale, "operation": operation}, {}, "photo",
                      F.morphology(photo, kernel, operation), **exact)
