"""Blurs and sharpening against Albumentations and OpenCV."""

import albumentations as A
import albumentations.augmentations.blur.functional as B
import albumentations.augmentations.pixel.functional as P
import cv2
import numpy as np
from scipy import special

import noise_words


def motion_kernel(size, angle, direction, shift):
    class Shifts:
        """Gives create_motion_kernel the shifts that it would draw."""

        def __init__(self):
            self.values = [s / (size // 2 / 2) for s in shift]

        def uniform(self, low, high):
            return self.values.pop(0)

    kernel = B.create_motion_kernel(size, angle, direction, True, Shifts())
    return kernel.astype(np.float32) / np.sum(kernel)


def advanced_kernel(size, sigma_x, sigma_y, degrees, beta, noise):
    angle = np.deg2rad(degrees)
    axis = np.arange(-size // 2 + 1.0, size // 2 + 1.0)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    inverse = np.linalg.inv(turn @ np.diag([sigma_x**2, sigma_y**2]) @ turn.T)
    kernel = np.exp(-0.5 * np.power(np.sum(np.dot(grid, inverse) * grid, 2), beta)) * np.array(noise).reshape(size, size)
    return kernel.astype(np.float32) / np.sum(kernel)


def ringing_kernel(size, cutoff):
    middle = (size - 1) / 2
    y, x = np.mgrid[:size, :size] - middle
    radius = np.sqrt(x**2 + y**2)
    with np.errstate(all="ignore"):
        kernel = cutoff * special.j1(cutoff * radius) / (2 * np.pi * radius)
    kernel[size // 2, size // 2] = cutoff**2 / (4 * np.pi)
    return (kernel / kernel.sum()).astype(np.float32)


def sharpen_matrix(alpha, lightness):
    return A.Sharpen._Sharpen__generate_sharpening_matrix(np.array(alpha), np.array(lightness)).astype(np.float32)


def emboss_matrix(alpha, strength):
    return A.Emboss._Emboss__generate_emboss_matrix(np.array(alpha), np.array(strength)).astype(np.float32)


def make(cases):
    images = cases.inputs
    photo, noise = images["photo"], images["noise"]
    for size in (3, 5, 11):
        for image in ("photo", "noise"):
            cases.add(f"blur-{size}-{image}", {"type": "Blur"}, {"kernel_size": size}, image, B.box_blur(images[image], size))
    for size in (3, 5, 7, 9):
        cases.add(f"median-{size}", {"type": "MedianBlur"}, {"kernel_size": size}, "noise", B.median_blur(noise, size), share=1, level=0)
    for sigma, size in ((0.5, 3), (1.7, 11), (3.0, 21)):
        for image in ("photo", "noise"):
            output = P.separable_convolve(images[image], B.create_gaussian_kernel_1d(sigma, size))
            cases.add(f"gaussian-{sigma:g}-{image}", {"type": "GaussianBlur"}, {"sigma": sigma, "kernel_size": size}, image, output)
    for size, angle, direction, shift in ((5, 30.0, 0.0, (0.0, 0.0)), (7, 200.0, 0.6, (0.8, -1.1)), (9, 77.0, -0.9, (1.5, 1.9))):
        output = P.convolve(photo, motion_kernel(size, angle, direction, shift))
        cases.add(f"motion-{size}", {"type": "MotionBlur"},
                  {"kernel_size": size, "angle": angle, "direction": direction, "shift_x": shift[0], "shift_y": shift[1]}, "photo", output)
    weights = np.random.default_rng(3).uniform(0.9, 1.1, 25)
    cases.add("advanced", {"type": "AdvancedBlur"},
              {"kernel_size": 5, "sigma_x": 0.9, "sigma_y": 0.4, "angle": 35.0, "beta": 1.8, "noise": weights}, "photo",
              P.convolve(photo, advanced_kernel(5, 0.9, 0.4, 35.0, 1.8, weights)))
    for radius, alias in ((3, 0.2), (9, 0.5)):
        cases.add(f"defocus-{radius}", {"type": "Defocus"}, {"radius": radius, "alias_blur": alias}, "photo", B.defocus(photo, radius, alias))
    height, width = photo.shape[:2]
    for mode in ("fast", "exact"):
        count = (height - 8) * (width - 8)
        words = np.stack([noise_words.words(91, np.arange(count), turn) for turn in range(2)], 1).astype(np.uint64)
        moves = np.stack([((words >> 16) * 8 >> 16).astype(int) - 4, ((words & 0xFFFF) * 8 >> 16).astype(int) - 4], -1)
        # In exact mode OpenCV's loop indexes on through the turns; each turn's numbers are given as one block.
        output = glass(photo, 0.7, 4, 2, moves, mode)
        cases.add(f"glass-{mode}", {"type": "GlassBlur", "mode": mode}, {"seed": 91}, "photo", output)
    for step, most in ((0.02, 1.2), (0.03, 1.05)):
        cases.add(f"zoom-{most:g}", {"type": "ZoomBlur"}, {"step": step, "max_factor": most}, "photo",
                  B.zoom_blur(photo, np.arange(1.0, most, step)))

    for image in ("photo", "noise"):
        cases.add(f"sharpen-{image}", {"type": "Sharpen"}, {"alpha": 0.35, "lightness": 0.8}, image, P.convolve(images[image], sharpen_matrix(0.35, 0.8)))
        cases.add(f"emboss-{image}", {"type": "Emboss"}, {"alpha": 0.4, "strength": 0.6}, image, P.convolve(images[image], emboss_matrix(0.4, 0.6)))
    blurred = cv2.GaussianBlur(photo, (5, 5), 1.0, sigmaY=1.0).astype(np.float64)
    cases.add("sharpen-gaussian", {"type": "Sharpen", "method": "gaussian"}, {"alpha": 0.5}, "photo",
              np.clip(np.rint(photo + 0.5 * (photo - blurred)), 0, 255).astype(np.uint8))
    for size, sigma in ((5, 0.0), (7, 1.5)):
        cases.add(f"unsharp-{size}", {"type": "UnsharpMask"}, {"kernel_size": size, "sigma": sigma, "alpha": 0.5}, "photo",
                  P.unsharp_mask(photo, size, sigma, 0.5, 10))
    for size, cutoff in ((7, 0.8), (15, 1.5)):
        cases.add(f"ringing-{size}", {"type": "RingingOvershoot"}, {"kernel_size": size, "cutoff": cutoff}, "photo",
                  P.convolve(photo, ringing_kernel(size, cutoff)))


def glass(image, sigma, delta, turns, moves, mode):
    """glass_blur of Albumentations; its exact mode with the moves of each turn in order."""
    if mode == "fast":
        return B.glass_blur(image, sigma, delta, turns, moves, mode)
    x = cv2.GaussianBlur(image.copy(), sigmaX=sigma, ksize=(0, 0))
    for turn in range(turns):
        place = 0
        for h in range(image.shape[0] - delta, delta, -1):
            for w in range(image.shape[1] - delta, delta, -1):
                dy, dx = moves[place, turn]
                first, second = x[h, w].copy(), x[h + dy, w + dx].copy()
                x[h, w], x[h + dy, w + dx] = second, first
                place += 1
    return cv2.GaussianBlur(x, sigmaX=sigma, ksize=(0, 0))
