"""Colour transforms against Albumentations and OpenCV."""

import albumentations as A
import albumentations.augmentations.dropout.functional as D
import albumentations.augmentations.pixel.functional as F
import numpy as np


def jitter(image, brightness, contrast, saturation, hue, order):
    steps = [F.adjust_brightness_torchvision, F.adjust_contrast_torchvision, F.adjust_saturation_torchvision, F.adjust_hue_torchvision]
    for step in order:
        image = steps[step](image, [brightness, contrast, saturation, hue][step])
    return image


def fancy_pca(image, alpha):
    """fancy_pca of Albumentations with the eigenvectors' signs as Striate fixes them: the largest component positive."""
    pixels = image.reshape(-1, 3).astype(np.float64) / 255
    centred = pixels - pixels.mean(0)
    values, vectors = np.linalg.eigh(np.cov(centred, rowvar=False))
    order = values[::-1].argsort()
    values, vectors = values[order], vectors[:, order]
    order = np.argsort(-values)
    values, vectors = values[order], vectors[:, order]
    vectors = vectors * np.sign(vectors[np.abs(vectors).argmax(0), range(3)])
    noise = (vectors @ np.diag(alpha * values) @ centred.T).T
    return np.rint(np.clip(pixels + noise, 0, 1) * 255).astype(np.uint8).reshape(image.shape)


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

    for method in ("weighted_average", "from_lab", "desaturation", "average", "max"):
        for image in ("photo", "noise"):
            cases.add(f"gray-{method}-{image}", {"type": "ToGray", "method": method}, {}, image, F.to_gray(images[image], 3, method))
    gray_pca = F.to_gray(photo, 1, "pca")
    flipped = np.corrcoef(gray_pca.ravel(), photo.mean(-1).ravel())[0, 1] < 0
    vectors = np.linalg.eigh(np.cov(photo.reshape(-1, 3).T))[1][:, -1]
    positive = (vectors * np.sign(vectors[np.abs(vectors).argmax()])).sum() > 0
    cases.add("gray-pca", {"type": "ToGray", "method": "pca", "num_output_channels": 1}, {}, "photo", 255 - gray_pca if flipped == positive else gray_pca)
    cases.add("rgb", {"type": "ToRGB"}, {}, "gray", F.grayscale_to_multichannel(gray, 3), share=1, level=0)
    sepia = F.linear_transformation_rgb(photo, A.ToSepia(p=1).sepia_transformation_matrix)
    cases.add("sepia", {"type": "ToSepia"}, {}, "photo", sepia)
    cases.add("channel-shuffle", {"type": "ChannelShuffle"}, {"channels": [2, 0, 1]}, "photo", F.channel_shuffle(photo, [2, 0, 1]), share=1, level=0)
    cases.add("channel-dropout", {"type": "ChannelDropout", "fill": 77}, {"channels": [1]}, "photo", D.channel_dropout(photo, [1], 77), share=1, level=0)
    cases.add("fancy-pca", {"type": "FancyPCA"}, {"alpha": [0.9, -0.7, 0.5]}, "photo", fancy_pca(photo, np.array([0.9, -0.7, 0.5])))
