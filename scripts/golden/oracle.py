"""A network file of Striate (the JSON form) as PyTorch computes it, in double precision.

Inputs and parameters are float32 numbers; everything between is float64, so that the oracle's own rounding is far below
what is tested. Outputs are rounded to float32 when they are stored. One function per layer type below; each calls torch's
own operation where there is one, and spells out by indexing what torch has no word for (sides that differ, LeNet-98).
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


def pad(x, padding, value=0.0, mode="constant"):
    top, bottom, left, right = sides(padding)
    if mode == "constant":
        return F.pad(x, (left, right, top, bottom), value=value)
    return F.pad(x, (left, right, top, bottom), mode=mode)


def links_of(connections):
    """(filter, map) for every bit of every filter's number."""
    masks = [int(mask) for mask in connections]
    return [(co, ci) for co, mask in enumerate(masks) for ci in range(mask.bit_length()) if mask >> ci & 1]


# ---- layers: f(options, inputs, parameter) → output; parameter("weight") is the tensor, or None ----------------------

def conv2d(o, inputs, parameter, training):
    x = pad(inputs[0], o.get("padding", 0), o.get("paddingValue", 0.0), o.get("paddingMode", "constant"))
    weight, groups = parameter("weight"), o.get("groups", 1)
    if "connections" in o:
        dense = torch.zeros(o["outChannels"], x.shape[1], *weight.shape[1:], dtype=x.dtype)
        filters, maps = zip(*links_of(o["connections"]))
        weight = dense.index_put((torch.tensor(filters), torch.tensor(maps)), weight)
    return F.conv2d(x, weight, parameter("bias"), stride=pair(o.get("stride", 1)), dilation=pair(o.get("dilation", 1)), groups=groups)


def conv_transpose2d(o, inputs, parameter, training):
    top, bottom, left, right = sides(o.get("padding", 0))
    stride, extra = pair(o.get("stride", 1)), pair(o.get("outputPadding", 0))
    if top == bottom and left == right:
        return F.conv_transpose2d(inputs[0], parameter("weight"), parameter("bias"), stride=stride, padding=(top, left), output_padding=extra)
    whole = F.conv_transpose2d(inputs[0], parameter("weight"), parameter("bias"), stride=stride, output_padding=extra)
    return whole[:, :, top:whole.shape[2] - bottom, left:whole.shape[3] - right]


def max_pool2d(o, inputs, parameter, training):
    kernel, dilation = pair(o["kernelSize"]), pair(o.get("dilation", 1))
    stride, ceil = pair(o.get("stride", o["kernelSize"])), o.get("ceilMode", False)
    top, bottom, left, right = sides(o.get("padding", 0))
    if top == bottom and left == right:
        return F.max_pool2d(inputs[0], kernel, stride, (top, left), dilation, ceil)
    return F.max_pool2d(pad(inputs[0], o["padding"], float("-inf")), kernel, stride, 0, dilation, ceil)


def average_pool2d(o, inputs, parameter, training):
    kernel, stride = pair(o["kernelSize"]), pair(o.get("stride", o["kernelSize"]))
    count, ceil = o.get("countPadding", True), o.get("ceilMode", False)
    top, bottom, left, right = sides(o.get("padding", 0))
    if top == bottom and left == right:
        return F.avg_pool2d(inputs[0], kernel, stride, (top, left), ceil, count)
    total = F.avg_pool2d(pad(inputs[0], o["padding"]), kernel, stride)
    return total if count else total / F.avg_pool2d(pad(torch.ones_like(inputs[0]), o["padding"]), kernel, stride)


def subsampling2d(o, inputs, parameter, training):
    kernel = pair(o.get("kernelSize", 2))
    total = F.avg_pool2d(inputs[0], kernel, kernel) * (kernel[0] * kernel[1])
    return total * parameter("weight").view(1, -1, 1, 1) + parameter("bias").view(1, -1, 1, 1)


def batch_norm2d(o, inputs, parameter, training):
    return F.batch_norm(inputs[0], parameter("running_mean"), parameter("running_var"), parameter("weight"), parameter("bias"),
                        training, o.get("momentum", 0.1), o.get("eps", 1e-5))


def group_norm(o, inputs, parameter, training):
    x, eps = inputs[0], o.get("eps", 1e-5)
    if parameter("weight") is None and o["groups"] == 1:
        return F.layer_norm(x, x.shape[1:], eps=eps)
    if parameter("weight") is None and o["groups"] == x.shape[1]:
        return F.instance_norm(x, eps=eps)
    return F.group_norm(x, o["groups"], parameter("weight"), parameter("bias"), eps)


def local_response_norm(o, inputs, parameter, training):
    return F.local_response_norm(inputs[0], o["size"], o.get("alpha", 1e-4), o.get("beta", 0.75), o.get("k", 1.0))


def upsample(o, inputs, parameter, training):
    x, mode = inputs[0], o.get("mode", "nearest")
    scale = pair(o.get("scale", 2))
    size = pair(o["size"]) if "size" in o else [x.shape[2] * scale[0], x.shape[3] * scale[1]]
    return F.interpolate(x, size=size, mode=mode, align_corners=o.get("alignCorners", False) if mode == "bilinear" else None)


def identity_shortcut(o, inputs, parameter, training):
    stride, more = o.get("stride", 2), o["outChannels"] - inputs[0].shape[1]
    return F.pad(inputs[0][:, :, ::stride, ::stride], (0, 0, 0, 0, more // 2, more - more // 2))


def radial_basis(o, inputs, parameter, training):
    return -(inputs[0].flatten(1)[:, None] - parameter("weight")[None]).square().sum(2)


def reshape(o, inputs, parameter, training):
    return inputs[0].reshape(inputs[0].shape[0], o["channels"], o.get("height", 1), o.get("width", 1))


LAYERS = {
    "conv2d": conv2d,
    "convTranspose2d": conv_transpose2d,
    "linear": lambda o, i, p, t: F.linear(i[0].flatten(1), p("weight"), p("bias")),
    "maxPool2d": max_pool2d,
    "averagePool2d": average_pool2d,
    "globalAveragePool2d": lambda o, i, p, t: F.adaptive_avg_pool2d(i[0], 1),
    "subsampling2d": subsampling2d,
    "batchNorm2d": batch_norm2d,
    "groupNorm": group_norm,
    "localResponseNorm": local_response_norm,
    "dropout": lambda o, i, p, t: F.dropout(i[0], o.get("p", 0.5), t),
    "dropout2d": lambda o, i, p, t: F.dropout2d(i[0], o.get("p", 0.5), t),
    "relu": lambda o, i, p, t: F.relu(i[0]),
    "leakyRelu": lambda o, i, p, t: F.leaky_relu(i[0], o.get("negativeSlope", 0.01)),
    "elu": lambda o, i, p, t: F.elu(i[0], o.get("alpha", 1.0)),
    "gelu": lambda o, i, p, t: F.gelu(i[0], approximate=o.get("approximate", "none")),
    "silu": lambda o, i, p, t: F.silu(i[0]),
    "hardswish": lambda o, i, p, t: F.hardswish(i[0]),
    "sigmoid": lambda o, i, p, t: torch.sigmoid(i[0]),
    "tanh": lambda o, i, p, t: torch.tanh(i[0]),
    "scaledTanh": lambda o, i, p, t: o.get("amplitude", 1.7159) * torch.tanh(o.get("slope", 2 / 3) * i[0]),
    "softmax": lambda o, i, p, t: F.softmax(i[0], 1),
    "logSoftmax": lambda o, i, p, t: F.log_softmax(i[0], 1),
    "flatten": lambda o, i, p, t: i[0].flatten(1),
    "reshape": reshape,
    "zeroPad2d": lambda o, i, p, t: pad(i[0], o["padding"], o.get("value", 0.0), o.get("paddingMode", "constant")),
    "upsample": upsample,
    "add": lambda o, i, p, t: sum(i[1:], i[0]),
    "multiply": lambda o, i, p, t: i[0] * i[1],
    "concat": lambda o, i, p, t: torch.cat(i, 1),
    "identityShortcut": identity_shortcut,
    "radialBasis": radial_basis,
}


def shapes_of(layer, x):
    """The parameters of a layer for an input like x: {name: shape}, in the order Striate has them."""
    kind, channels = layer["type"], x.shape[1]
    if kind == "conv2d":
        kernel = pair(layer["kernelSize"])
        weight = [len(links_of(layer["connections"])), *kernel] if "connections" in layer else \
            [layer["outChannels"], channels // layer.get("groups", 1), *kernel]
        return {"weight": weight, "bias": [layer["outChannels"]]}
    if kind == "convTranspose2d":
        return {"weight": [channels, layer["outChannels"], *pair(layer["kernelSize"])], "bias": [layer["outChannels"]]}
    if kind == "linear":
        return {"weight": [layer["outFeatures"], x[0].numel()], "bias": [layer["outFeatures"]]}
    if kind == "radialBasis":
        return {"weight": [layer.get("outFeatures", 10), x[0].numel()]}
    shapes = {}
    if kind in ("subsampling2d", "batchNorm2d", "groupNorm") and layer.get("affine", True):
        shapes.update({"weight": [channels], "bias": [channels]})
    if kind == "batchNorm2d":
        shapes.update({"running_mean": [channels], "running_var": [channels]})
    return shapes


def make_parameters(layers, x, scale=0.5):
    """Random float32 parameters for every layer that has some, by name, for an input like x."""
    parameters, values = {}, {"input": x.double()}
    for layer in layers:
        source = values[layer.get("inputs", [list(values)[-1]])[0]]
        for name, shape in shapes_of(layer, source).items():
            if name == "bias" and not layer.get("bias", True):
                continue
            drawn = torch.randn(*shape) * scale
            parameters[f"{layer['name']}.{name}"] = (drawn.abs() + 0.5 if name == "running_var" else drawn).float()
        with torch.no_grad():
            values[layer["name"]] = apply(layer, values, {k: v.double() for k, v in parameters.items()}, training=False)
    return parameters


def apply(layer, values, parameters, training):
    inputs = [values[name] for name in layer.get("inputs", [list(values)[-1]])]
    return LAYERS[layer["type"]](layer, inputs, lambda name: parameters.get(f"{layer['name']}.{name}"), training)


def forward(layers, x, parameters, training=True):
    """Running statistics among `parameters` are updated in place when training, as torch does."""
    values = {"input": x}
    for layer in layers:
        values[layer["name"]] = apply(layer, values, parameters, training)
    return values[layers[-1]["name"]]
