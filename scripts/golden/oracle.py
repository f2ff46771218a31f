"""A network file of Striate (the JSON form) as PyTorch computes it, in double precision.

Inputs and parameters are float32 numbers; everything between is float64, so that the oracle's own rounding is far below
what is tested. Outputs are rounded to float32 when they are stored.
"""

import torch
import torch.nn.functional as F


def pair(value):
    return list(value) if isinstance(value, (list, tuple)) else [value, value]


def sides(value):
    """top, bottom, left, right"""
    if not isinstance(value, (list, tuple)):
        return [value] * 4
    return [value[0], value[0], value[1], value[1]] if len(value) == 2 else list(value)


def pad(x, padding, value):
    top, bottom, left, right = sides(padding)
    return F.pad(x, (left, right, top, bottom), value=value)


def make_parameters(layers, x, scale=0.5):
    """Random float32 parameters for every layer that has some, by name, for an input like x."""
    parameters = {}

    def draw(name, *shape):
        parameters[name] = (torch.randn(*shape) * scale).float()

    for layer in layers:
        name = layer["name"]
        if layer["type"] == "conv2d":
            draw(name + ".weight", layer["outChannels"], x.shape[1], *pair(layer["kernelSize"]))
        elif layer["type"] == "linear":
            draw(name + ".weight", layer["outFeatures"], x.shape[1])
        if name + ".weight" in parameters and layer.get("bias", True):
            draw(name + ".bias", parameters[name + ".weight"].shape[0])
        with torch.no_grad():
            x = apply(layer, x.double(), {k: v.double() for k, v in parameters.items()})
    return parameters


def apply(layer, x, parameters):
    kind, name = layer["type"], layer["name"]
    weight, bias = parameters.get(name + ".weight"), parameters.get(name + ".bias")
    if kind == "conv2d":
        x = pad(x, layer.get("padding", 0), layer.get("paddingValue", 0.0))
        return F.conv2d(x, weight, bias, stride=pair(layer.get("stride", 1)))
    if kind == "linear":
        return F.linear(x, weight, bias)
    if kind == "relu":
        return F.relu(x)
    if kind == "flatten":
        return x.flatten(1)
    if kind == "maxPool2d":
        x = pad(x, layer.get("padding", 0), float("-inf"))
        return F.max_pool2d(x, pair(layer["kernelSize"]), pair(layer.get("stride", layer["kernelSize"])))
    raise ValueError(kind)


def forward(layers, x, parameters):
    for layer in layers:
        x = apply(layer, x, parameters)
    return x
