"""Weather against Albumentations, with the particles that Striate grows from a seed."""

import albumentations.augmentations.pixel.functional as F
import cv2
import numpy as np

import noise_words


def fog_particles(seed, height, width, intensity):
    """Places and radii in the order in which RandomFog draws them."""
    most = max(2, int(min(height, width) * 0.1 * intensity))
    least = max(1, most // 2)
    region = max(1, int(width // 3 * intensity))
    cx, cy = int(width / 2 - 0.5), int(height / 2 - 0.5)
    place, w, h, places, radii = 0, width, height, [], []

    def between(low, high):
        nonlocal place
        word = int(noise_words.words(seed, place, 0))
        place += 1
        return low + (word * (high - low + 1) >> 32)

    for _ in range(10):
        if not (w > region and h > region):
            break
        for _ in range(int(w * h / (region * region) * intensity * 10)):
            places.append((between(cx - w // 2, cx + w // 2), between(cy - h // 2, cy + h // 2)))
            radii.append(between(least, max(least, most - 1)))
        w, h = int(w * 0.9), int(h * 0.9)
    return places, radii


def normal(seed, shape, stream=0):
    return noise_words.normal(seed, stream, shape[0] * shape[1]).reshape(shape[:2])


def snow_texture(image, point, factor, seed):
    """add_snow_texture of Albumentations, but what runs past 255 is cut where it lets bytes wrap."""
    noise = cv2.GaussianBlur(0.5 + 0.3 * normal(seed, image.shape), (0, 0), sigmaX=1, sigmaY=1)
    sparkle = (noise_words.words(seed, np.arange(image.shape[0] * image.shape[1]), 2) > 4252017623).reshape(image.shape[:2])
    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV).astype(np.float32)
    hsv[..., 2] = np.clip(hsv[..., 2] * (1 + factor * point), 0, 255)
    noise = cv2.GaussianBlur(noise, (0, 0), sigmaX=1, sigmaY=1) * np.linspace(1, 0.2, image.shape[0])[:, None]
    snow = cv2.add(hsv, (np.dstack([noise] * 3) * 255 * point).astype(np.float32))
    snow = cv2.addWeighted(snow, 0.85, np.full_like(snow, (0.6, 0.75, 1)), 0.15 * point, 0)
    snow = cv2.cvtColor(np.clip(snow, 0, 255).astype(np.uint8), cv2.COLOR_HSV2RGB)
    snow[sparkle] = 255
    return snow


def make(cases):
    photo = cases.inputs["photo"]
    height, width = photo.shape[:2]
    random = np.random.default_rng(2)
    drops = np.stack([random.integers(0, width, 8), random.integers(0, height - 6, 8)], 1).astype(np.int32)
    for slant, length, thick, blur, brightness in ((4.0, 6, 1, 3, 0.7), (-7.5, 5, 1, 7, 1.0), (0.0, 6, 3, 3, 0.9)):
        cases.add(f"rain-{thick}-{blur}", {"type": "RandomRain", "drop_width": thick, "blur_value": blur, "brightness_coefficient": brightness},
                  {"slant": slant, "length": length, "drops": drops.ravel()}, "photo",
                  F.add_rain(photo, slant, length, thick, (200, 200, 200), blur, brightness, drops))
    for intensity in (0.5, 0.9):
        places, radii = fog_particles(11, height, width, intensity)
        cases.add(f"fog-{intensity:g}", {"type": "RandomFog"}, {"intensity": intensity, "seed": 11}, "photo",
                  F.add_fog(photo, intensity, 0.08, places, radii))
    for image in ("photo", "dark"):
        for point in (0.1, 0.3):
            cases.add(f"snow-bleach-{point:g}-{image}", {"type": "RandomSnow"}, {"snow_point": point}, image,
                      F.add_snow_bleach(cases.inputs[image], point, 2.5))
        cases.add(f"snow-texture-{image}", {"type": "RandomSnow", "method": "texture"}, {"snow_point": 0.25, "seed": 3}, image,
                  snow_texture(cases.inputs[image], 0.25, 2.5, 3))
    gravel = np.array([[3, 7, 5, 9, 200], [12, 15, 20, 25, 30], [0, 2, 0, 4, 255]])
    cases.add("gravel", {"type": "RandomGravel"}, {"gravel": gravel.ravel()}, "photo", F.add_gravel(photo, gravel))
    corners = np.array([[[2, 3], [28, 5], [20, 22], [9, 20], [25, 12]], [[1, 1], [14, 18], [3, 20], [18, 2], [9, 9]]], np.int32)
    cases.add("shadow", {"type": "RandomShadow"}, {"corners": corners.ravel(), "intensities": [0.5, 0.35]}, "photo",
              F.add_shadow(photo, list(corners), np.array([0.5, 0.35])))
    circles = [(0.15, (10, 5), 27, (250, 240, 230)), (0.08, (25, 15), 1, (220, 255, 210)), (0.2, (3, 20), 8, (255, 205, 215))]
    flat = [v for alpha, (x, y), radius, colour in circles for v in (alpha, x, y, radius, *colour)]
    for radius in (40, 200):
        cases.add(f"flare-overlay-{radius}", {"type": "RandomSunFlare", "src_radius": radius, "src_color": [255, 250, 200]}, {"center": [14, 6], "circles": flat},
                  "photo", F.add_sun_flare_overlay(photo, (14, 6), radius, (255, 250, 200), circles), share=0.97,
                  why="simsimd's weighted sum rounds in half precision: a level more here and there after twenty blends")
    cases.add("flare-physics", {"type": "RandomSunFlare", "src_radius": 6, "method": "physics_based"}, {"center": [14, 6], "circles": flat}, "photo",
              F.add_sun_flare_physics_based(photo, (14, 6), 6, (255, 255, 255), circles))

    liquid = cv2.GaussianBlur(0.65 + 0.3 * normal(19, photo.shape), (7, 7), sigmaX=1.0, sigmaY=1.0, borderType=cv2.BORDER_REPLICATE)
    liquid[liquid < 0.68] = 0
    numbers = {"mean": 0.65, "std": 0.3, "threshold": 0.68, "sigma": 1.0, "intensity": 0.6, "seed": 19}
    rain = F.get_rain_params(liquid.copy(), np.array([238, 238, 175]) / 255, 0.6)
    cases.add("spatter-rain", {"type": "Spatter"}, numbers, "photo", F.spatter_rain(photo, rain["drops"]))
    mud = F.get_mud_params(liquid.copy(), np.array([20, 42, 63]) / 255, 0.68, 1.0, 0.6, None)
    cases.add("spatter-mud", {"type": "Spatter", "mode": "mud"}, numbers, "photo", F.spatter_mud(photo, mud["non_mud"], mud["mud"]))
