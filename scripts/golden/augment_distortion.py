"""Perspective, distortions and degradations against Albumentations and OpenCV; fields grow from Striate's seeds."""

import albumentations.augmentations.geometric.functional as F
import albumentations.augmentations.pixel.functional as P
import cv2
import numpy as np
from scipy import stats

import noise_words


def perspective(cases):
    photo = cases.inputs["photo"]
    height, width = photo.shape[:2]
    points = np.array([[1.6, 2.1], [29.3, 0.7], [27.4, 22.8], [3.2, 20.2]], np.float32)
    for fit in (False, True):
        matrix, wide, high = F.compute_perspective_params(points.copy(), (height, width))
        if fit:
            matrix, wide, high = F.expand_transform(matrix, (height, width))
        for keep in (False, True):
            cases.add(f"perspective{'-fit' if fit else ''}{'-keep' if keep else ''}",
                      {"type": "Perspective", "fit_output": fit, "keep_size": keep, "border_mode": "reflect_101"}, {"points": points.ravel()},
                      "photo", F.perspective(photo, matrix, wide, high, 0, 4, keep, 1))


def elastic(cases):
    photo = cases.inputs["photo"]
    shape = photo.shape[:2]
    count = shape[0] * shape[1]
    x, y = np.meshgrid(np.arange(shape[1]), np.arange(shape[0]))
    for name, same, uniform, approximate in (("gauss", False, False, False), ("same", True, False, True), ("uniform", False, True, False)):
        if uniform:
            fields = [2 * noise_words.uniform(8, i, count) - 1 for i in range(2)]
        else:
            fields = [noise_words.normal(8, i, count) for i in range(1 if same else 2)]
            largest = max(np.abs(field).max() for field in fields)
            fields = [field / largest for field in fields]
        size = (17, 17) if approximate else (0, 0)
        moved = [30 * cv2.GaussianBlur(f.reshape(shape).astype(np.float32), size, 3, borderType=cv2.BORDER_REPLICATE) for f in fields]
        output = cv2.remap(photo, (x + moved[0]).astype(np.float32), (y + moved[-1]).astype(np.float32), 1, borderMode=cv2.BORDER_CONSTANT)
        cases.add(f"elastic-{name}", {"type": "ElasticTransform", "alpha": 30, "sigma": 3, "same_dxdy": same, "approximate": approximate,
                                      "noise_distribution": "uniform" if uniform else "gaussian"}, {"seed": 8}, "photo", output)


class Jitter:
    """Stands for a generator: gives the moves of create_piecewise_affine_maps, or of a deformed grid."""

    def __init__(self, moves):
        self.moves = moves

    def normal(self, *_):
        return self.moves

    def integers(self, *_, **__):
        return self.moves


def distortions(cases):
    photo, gray = cases.inputs["photo"], cases.inputs["gray"]
    height, width = photo.shape[:2]
    random = np.random.default_rng(11)
    moves = random.normal(0, 1.2, (4, 5, 2))
    maps = F.create_piecewise_affine_maps(photo.shape[:2], (4, 5), 1.0, False, Jitter(moves[..., ::-1]))
    cases.add("piecewise", {"type": "PiecewiseAffine", "border_mode": "reflect"}, {"rows": 4, "columns": 5, "moves": moves.ravel()}, "photo",
              F.remap(photo, *maps, 1, 2, 0))
    for mode, function in (("camera", F.get_camera_matrix_distortion_maps), ("fisheye", F.get_fisheye_distortion_maps)):
        for k in (0.4, -0.3):
            cases.add(f"optical-{mode}-{k}", {"type": "OpticalDistortion", "mode": mode, "fill": 90}, {"k": k}, "photo",
                      F.remap(photo, *function(photo.shape[:2], k), 1, 0, (90, 90, 90)))
    across, down = list(random.uniform(0.7, 1.3, 6)), list(random.uniform(0.7, 1.3, 6))
    for normalized in (False, True):
        x, y = list(across), list(down)
        if normalized:
            steps = F.normalize_grid_distortion_steps(photo.shape[:2], 5, x, y)
            x, y = steps["steps_x"], steps["steps_y"]
        maps = [m.astype(np.float32) for m in F.generate_grid(photo.shape[:2], x, y, 5)]
        cases.add(f"grid-{'normalized' if normalized else 'plain'}", {"type": "GridDistortion", "normalized": normalized, "interpolation": "cubic"},
                  {"steps_x": across, "steps_y": down}, "photo", F.remap(photo, *maps, 2, 0, 0))
    for side in (2, 4):
        source = F.generate_control_points(side)
        moves = random.normal(0, 0.03, source.shape)
        weights, affine = F.compute_tps_weights(source, source + moves)
        x, y = np.meshgrid(np.arange(width), np.arange(height))
        places = F.tps_transform(np.stack([x.ravel(), y.ravel()], 1).astype(np.float32) / [width, height], source, weights, affine) * [width, height]
        maps = [places[:, i].reshape(height, width).astype(np.float32) for i in range(2)]
        cases.add(f"spline-{side}", {"type": "ThinPlateSpline", "num_control_points": side, "border_mode": "replicate"}, {"moves": moves.ravel()}, "photo",
                  F.remap(photo, *maps, 1, 1, 0))
    rows, columns = [0, 8, 15, 24], [0, 10, 21, 32]
    cells = np.array([[[columns[j], rows[i], columns[j + 1], rows[i + 1]] for j in range(3)] for i in range(3)])
    moves = np.array([[[2, -1], [-3, 2]], [[1, 3], [-2, -2]]])
    polygons = F.generate_distorted_grid_polygons(cells, 3, Jitter(moves))
    mesh = np.concatenate([cells.reshape(-1, 4), polygons], 1).astype(np.float32)
    for name in ("photo", "gray"):
        cases.add(f"grid-elastic-{name}", {"type": "GridElasticDeform", "num_grid_xy": [3, 3], "magnitude": 3},
                  {"rows": rows, "columns": columns, "moves": moves.ravel()}, name, F.distort_image(cases.inputs[name], mesh, 1).reshape(gray.shape[:2] + (-1,)))


def jpeg(image, quality):
    """With the colours in the coder's order."""
    swapped = np.ascontiguousarray(image[..., ::-1])
    coded = cv2.imencode(".jpg", swapped, (cv2.IMWRITE_JPEG_QUALITY, quality))[1]
    return cv2.imdecode(coded, cv2.IMREAD_UNCHANGED).reshape(image.shape)[..., ::-1]


def degradations(cases):
    photo, noise = cases.inputs["photo"], cases.inputs["noise"]
    for scale, down, up in ((0.25, 0, 0), (0.4, 3, 1), (0.7, 1, 2)):
        cases.add(f"downscale-{scale}", {"type": "Downscale", "interpolation_pair": {"downscale": down, "upscale": up}}, {"scale": scale}, "photo",
                  P.downscale(photo, scale, down, up))
    for interpolation in (1, 2):
        cases.add(f"chromatic-{interpolation}", {"type": "ChromaticAberration", "interpolation": interpolation},
                  {"primary_red": 0.09, "secondary_red": 0.2, "primary_blue": -0.15, "secondary_blue": -0.1}, "photo",
                  P.chromatic_aberration(photo, 0.09, 0.2, -0.15, -0.1, interpolation))
    for segments, name in ((20, "photo"), (7, "gray")):
        replaced = (np.random.default_rng(3).random(segments) < 0.5).tolist()
        cases.add(f"superpixels-{name}", {"type": "Superpixels"}, {"replaced": np.array(replaced, float)}, name,
                  P.superpixels(cases.inputs[name], segments, replaced, 128, 1))
    replaced = [True, False, True, True, False, True, False, True]
    cases.add("superpixels-small", {"type": "Superpixels", "max_size": 20}, {"replaced": np.array(replaced, float)}, "photo",
              F.resize(P.superpixels(photo, 8, replaced, 20, 1), photo.shape[:2], 1))

    class Words:
        def poisson(self, mean, size):
            words = noise_words.words(21, np.arange(size[0] * size[1]), 2).astype(np.float64) / 2**32
            return stats.poisson(mean).ppf(words).reshape(size)

        def normal(self, _, spread, size):
            return spread * noise_words.normal(21, 0, size[0] * size[1]).reshape(size)

    for shift, intensity in ((0.05, 0.5), (0.9, 3.0)):
        cases.add(f"iso-{intensity:g}", {"type": "ISONoise"}, {"color_shift": shift, "intensity": intensity, "seed": 21}, "photo",
                  P.iso_noise(photo, shift, intensity, Words()))
    for quality in (3, 30, 75, 100):
        for name, image in (("photo", photo), ("noise", noise), ("gray", cases.inputs["gray"])):
            cases.add(f"jpeg-{quality}-{name}", {"type": "ImageCompression"}, {"quality": quality}, name, jpeg(image, quality))
    for shape in ((9, 3), (17, 21)):
        cases.inputs[f"corner-{shape[0]}"] = corner = np.ascontiguousarray(noise[:shape[0], :shape[1]])
        cases.add(f"jpeg-odd-{shape[0]}", {"type": "ImageCompression"}, {"quality": 60}, f"corner-{shape[0]}", jpeg(corner, 60))


def make(cases):
    perspective(cases)
    elastic(cases)
    distortions(cases)
    degradations(cases)
