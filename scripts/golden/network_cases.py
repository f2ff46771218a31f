"""Whole networks with weights from a formula, a state dict as PyTorch saves it, and torchvision's names and shapes.

AlexNet, VGG-11 and ResNet-18 hold 47 to 530 MB: both sides make the weights instead, from the parameter's name and the
value's index, in float32 operations that round alike everywhere (tests/cpp/models/formula_weights.hpp is the same text in
C++). The file holds the logits of one image and sums over a few layers' outputs.
"""

import json
import math

import numpy
import torch
import torch.nn.functional as F
import torchvision


def units(name, count):
    """[−1, 1), multiples of 2⁻²³: FNV-1a of the name, mixed with the index by MurmurHash3's finaliser."""
    key = 2166136261
    for byte in name.encode():
        key = (key ^ byte) * 16777619 % 2**32
    h = numpy.uint32(key) ^ (numpy.arange(count, dtype=numpy.uint32) * numpy.uint32(0x9E3779B9))
    h = (h ^ (h >> 16)) * numpy.uint32(0x85EBCA6B)
    h = (h ^ (h >> 13)) * numpy.uint32(0xC2B2AE35)
    h = h ^ (h >> 16)
    return ((h >> 8).astype(numpy.int32) - 2**23).astype(numpy.float32) * numpy.float32(2.0**-23)


def weights(name, shape):
    """He's uniform range for weights; biases and means near 0; gains and variances near 1."""
    u = units(name, math.prod(shape))
    if name.endswith("running_var"):
        u = numpy.float32(1) + u * numpy.float32(0.5)
    elif name.endswith("weight") and len(shape) == 1:
        u = numpy.float32(1) + u * numpy.float32(0.25)
    elif name.endswith("weight"):
        u = u * numpy.float32(math.sqrt(6 / math.prod(shape[1:])))
    else:
        u = u * numpy.float32(0.125)
    return torch.from_numpy(u.reshape(shape))


# Striate's name: (torchvision's model, {Striate's layer: torchvision's module})
NETWORKS = {
    "alexnet": ("alexnet", {"features.0": "features.0", "features.10": "features.10", "classifier.1": "classifier.1"}),
    "vgg11": ("vgg11", {"features.0": "features.0", "features.18": "features.18", "classifier.3": "classifier.3"}),
    "resnet18": ("resnet18", {"bn1": "bn1", "layer1.1.out": "layer1.1", "layer2.0.downsample.1": "layer2.0.downsample.1",
                              "layer4.1.out": "layer4.1"}),
}
NAMED = {"alexnet": "alexnet", "vgg11": "vgg11", "vgg11-bn": "vgg11_bn", "resnet18": "resnet18", "resnet50": "resnet50"}


def networks():
    """Per network "<name>/logits" and "<name>/sums/<layer>" [Σx, Σ|x|, Σx·u]; metadata "names/<network>": {name: shape}."""
    tensors, metadata = {}, {}
    for name, (model_name, watched) in NETWORKS.items():
        model = getattr(torchvision.models, model_name)(weights=None).eval()
        state = {key: weights(key, list(value.shape)) for key, value in model.state_dict().items() if value.is_floating_point()}
        model.load_state_dict(state, strict=False)
        model.double()
        modules = dict(model.named_modules())
        for layer, module in watched.items():
            def keep(_, __, output, layer=layer):
                x = output.double().flatten()
                u = torch.from_numpy(units(layer, x.numel())).double()
                tensors[f"{name}/sums/{layer}"] = torch.stack([x.sum(), x.abs().sum(), (x * u).sum()])
            modules[module].register_forward_hook(keep)
        with torch.no_grad():
            image = torch.from_numpy(units("input", 3 * 224 * 224).reshape(1, 3, 224, 224)).double()
            tensors[f"{name}/logits"] = model(image).flatten().float()
    for name, model_name in NAMED.items():
        state = getattr(torchvision.models, model_name)(weights=None).state_dict()
        metadata[f"names/{name}"] = json.dumps({key: list(value.shape) for key, value in state.items()}, separators=(",", ":"))
    metadata["torchvision"] = torchvision.__version__
    return tensors, metadata


class Block(torch.nn.Module):
    def __init__(self, inside, outside, stride):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(outside)
        self.conv2 = torch.nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
        self.bn2 = torch.nn.BatchNorm2d(outside)
        self.stride, self.more = stride, (outside - inside) // 2

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        short = F.pad(x[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, self.more, self.more))
        return F.relu(self.bn2(self.conv2(y)) + short)


class ResNet8(torch.nn.Module):
    """The zoo's smallest residual network, with option A shortcuts, as a torch module of the same names."""

    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(16)
        self.layer1 = torch.nn.Sequential(Block(16, 16, 1))
        self.layer2 = torch.nn.Sequential(Block(16, 32, 2))
        self.layer3 = torch.nn.Sequential(Block(32, 64, 2))
        self.linear = torch.nn.Linear(64, 10)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x))))))
        return self.linear(x.mean((2, 3)))


def state_dict():
    """A module's state_dict as it is, num_batches_tracked too, after three training steps; and what it makes of images."""
    torch.manual_seed(5)
    model = ResNet8()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for _ in range(3):
        optimizer.zero_grad()
        F.cross_entropy(model(torch.randn(16, 3, 32, 32)), torch.randint(0, 10, (16,))).backward()
        optimizer.step()
    state = {name: value.clone() for name, value in model.state_dict().items()}
    model.eval().double()
    image = torch.from_numpy(units("input", 2 * 3 * 32 * 32).reshape(2, 3, 32, 32)).double()
    logits = model(image).float()
    return state, {"format": "pt", "logits": json.dumps([float(value) for value in logits.flatten()])}
