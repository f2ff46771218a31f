"""Flips, quarter turns, affine and perspective transforms against Albumentations and OpenCV."""

import albumentations as A
import albumentations.augmentations.geometric.functional as F
import cv2
import numpy as np

ELEMENTS = ["e", "r90", "r180", "r270", "v", "hvt", "h", "t"]
INTERPOLATIONS = {"nearest": 0, "linear": 1, "cubic": 2, "lanczos4": 4}
BORDERS = {"constant": 0, "replicate": 1, "reflect": 2, "wrap": 3, "reflect_101": 4}


def affine_matrix(image, rotate=0, scale_x=1, scale_y=1, shear_x=0, shear_y=0, translate_x=0, translate_y=0):
    return F.create_affine_transformation_matrix(
        {"x": translate_x, "y": translate_y}, {"x": shear_x, "y": shear_y}, {"x": scale_x, "y": scale_y}, rotate,
        F.center(image.shape[:2]))


def make(cases):
    images = cases.inputs
    photo = images["photo"]
    for place, element in enumerate(ELEMENTS):
        cases.add(f"d4-{element}", {"type": "D4"}, {"element": place}, "photo", F.d4(photo, element), share=1, level=0)
    cases.add("horizontal-flip", {"type": "HorizontalFlip"}, {}, "photo", photo[:, ::-1], share=1, level=0)
    cases.add("vertical-flip", {"type": "VerticalFlip"}, {}, "photo", photo[::-1], share=1, level=0)
    cases.add("transpose", {"type": "Transpose"}, {}, "gray", images["gray"].transpose(1, 0, 2), share=1, level=0)
    for factor in range(4):
        cases.add(f"rotate90-{factor}", {"type": "RandomRotate90"}, {"factor": factor}, "photo",
                  np.rot90(photo, factor), share=1, level=0)

    numbers = {"rotate": 25.0, "scale_x": 1.2, "scale_y": 0.8, "shear_x": -8.0, "shear_y": 5.0, "translate_x": 3,
               "translate_y": -2}
    matrix = affine_matrix(photo, **numbers)
    for name in ("photo", "noise"):
        for interpolation, code in INTERPOLATIONS.items():
            output = F.warp_affine(images[name], affine_matrix(images[name], **numbers), code, 0.0, 0, images[name].shape[:2])
            # OpenCV places Lanczos taps by a matrix of ten binary places, then to 1/32 pixel; here the matrix is exact.
            share = 0.985 if interpolation == "lanczos4" else None
            cases.add(f"affine-{name}-{interpolation}", {"type": "Affine", "interpolation": interpolation}, numbers, name, output,
                      share=share, why=share and "OpenCV rounds the matrix of a Lanczos warp to 10 bits")
    for border, code in BORDERS.items():
        small = dict(numbers, scale_x=0.5, scale_y=0.4)
        output = F.warp_affine(photo, affine_matrix(photo, **small), 1, (10.0, 200.0, 90.0), code, photo.shape[:2])
        cases.add(f"affine-border-{border}", {"type": "Affine", "border_mode": border, "fill": [10, 200, 90]}, small, "photo", output)
    fit = F.compute_affine_warp_output_shape(matrix, photo.shape[:2])
    cases.add("affine-fit", {"type": "Affine", "fit_output": True, "fill": 7}, numbers, "photo",
              F.warp_affine(photo, fit[0], 1, 7.0, 0, fit[1]))
    gray = images["gray"]
    cases.add("affine-gray", {"type": "Affine"}, numbers, "gray", F.warp_affine(gray, matrix, 1, 0.0, 0, gray.shape[:2]))

    for angle in (30.0, -77.5):
        plain = affine_matrix(photo, rotate=angle)
        output = F.warp_affine(photo, plain, 1, 0.0, 0, photo.shape[:2])
        cases.add(f"rotate-{angle:g}", {"type": "Rotate"}, {"angle": angle}, "photo", output)
        box = A.Rotate._rotated_rect_with_max_area(*photo.shape[:2], angle)
        cases.add(f"rotate-crop-{angle:g}", {"type": "Rotate", "crop_border": True}, {"angle": angle}, "photo",
                  output[box["y_min"]:box["y_max"], box["x_min"]:box["x_max"]])
        safe = A.SafeRotate(p=1)._create_safe_rotate_matrix(angle, F.center(photo.shape[:2]), photo.shape[:2])[0]
        cases.add(f"safe-rotate-{angle:g}", {"type": "SafeRotate", "border_mode": "reflect"}, {"angle": angle}, "photo",
                  F.warp_affine(photo, safe, 1, 0.0, 2, photo.shape[:2]))
    shift = {"translate_x": -3, "translate_y": 2, "scale_x": 1.08, "scale_y": 0.95, "rotate": 12.0}
    cases.add("shift-scale-rotate", {"type": "ShiftScaleRotate", "border_mode": 4}, shift, "photo",
              F.warp_affine(photo, affine_matrix(photo, **shift), 1, 0.0, 4, photo.shape[:2]))
