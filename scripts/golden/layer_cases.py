"""Single layers and short chains: output, input gradient and every parameter gradient.

Per case, tensors "<case>/input", "/doutput", "/output", "/dinput", "/value/<parameter>", "/gradient/<parameter>" in NCHW
and OIHW; the metadata entry "<case>" holds the network as JSON. Where a layer computes otherwise once it is trained:
"/evaluation", the output then, and "/after/<statistic>", the running statistics that the training step left. Cases whose
training draws random numbers have the evaluation alone.
"""

import json

import torch

import oracle
import network_layer_cases
from case_words import conv, linear, pool, relu

FLATTEN = {"type": "flatten", "name": "flatten"}


def cases():
    """(case, input shape [N, C, H, W], layers, how the input is drawn)"""
    # Convolution: stride × padding, on an image that is not square, with a kernel that is not square.
    for stride in (1, 2, 3, [2, 1]):
        for padding in (0, 1, [2, 1], [0, 2, 1, 3]):
            text = f"{stride}_{padding}".replace(" ", "")
            yield (f"conv_stride_padding_{text}", [3, 2, 7, 9],
                   [conv(outChannels=3, kernelSize=[3, 4], stride=stride, padding=padding)], "normal")
    # Padding with a number other than zero.
    for value, padding, stride in ((1.0, 1, 1), (-0.75, [1, 2], 2), (0.4242, [2, 0, 0, 1], [1, 2])):
        yield (f"conv_padding_value_{value}", [2, 3, 6, 5],
               [conv(outChannels=4, kernelSize=3, padding=padding, paddingValue=value, stride=stride)], "normal")
    yield "conv_one_by_one", [5, 4, 3, 6], [conv(outChannels=7, kernelSize=1)], "normal"
    yield "conv_no_bias", [2, 1, 8, 8], [conv(outChannels=2, kernelSize=5, padding=2, bias=False)], "normal"
    yield "conv_whole_image", [4, 2, 5, 3], [conv(outChannels=6, kernelSize=[5, 3])], "normal"
    yield "conv_stride_above_kernel", [2, 2, 11, 10], [conv(outChannels=3, kernelSize=2, stride=4)], "normal"
    yield "conv_many_images", [19, 1, 4, 4], [conv(outChannels=2, kernelSize=3, padding=1)], "normal"

    # Pooling: stride different from the size, padding, ties (small whole numbers).
    yield "pool", [3, 2, 6, 8], [pool(kernelSize=2)], "normal"
    yield "pool_ties", [3, 2, 7, 7], [pool(kernelSize=3, stride=2)], "whole"
    yield "pool_overlap", [2, 3, 9, 6], [pool(kernelSize=[3, 2], stride=[2, 1])], "normal"
    yield "pool_padding", [2, 2, 7, 5], [pool(kernelSize=3, stride=2, padding=1)], "normal"
    yield "pool_padding_sides", [2, 2, 6, 7], [pool(kernelSize=3, stride=[1, 2], padding=[0, 2, 1, 0])], "whole"
    yield "pool_gaps", [2, 1, 9, 9], [pool(kernelSize=2, stride=3)], "normal"

    yield "linear", [6, 13, 1, 1], [linear(outFeatures=5)], "normal"
    yield "linear_no_bias", [17, 3, 1, 1], [linear(outFeatures=33, bias=False)], "normal"
    yield "relu", [3, 2, 5, 4], [relu()], "whole"
    yield "flatten", [3, 2, 3, 4], [FLATTEN], "normal"

    # Chains: every place where a ReLU may vanish into its neighbours, or may not.
    yield ("chain_conv_relu_conv_relu", [5, 2, 8, 7],
           [conv(name="conv1", outChannels=4, kernelSize=3, padding=1), relu("relu1"),
            conv(name="conv2", outChannels=3, kernelSize=3, stride=2, padding=[1, 0], paddingValue=0.5), relu("relu2")], "normal")
    yield ("chain_conv_relu_pool_flatten_linear", [4, 1, 9, 9],
           [conv(name="conv1", outChannels=3, kernelSize=4), relu("relu1"), pool(kernelSize=2, stride=1), FLATTEN,
            linear(name="fc1", outFeatures=6), relu("relu2"), linear(name="fc2", outFeatures=4)], "normal")
    yield ("chain_relu_flatten", [3, 2, 4, 4],
           [conv(name="conv1", outChannels=3, kernelSize=2), relu("relu1"), FLATTEN, linear(outFeatures=5)], "normal")
    yield ("chain_pool_relu", [3, 2, 6, 6],
           [pool(kernelSize=2), relu("relu1"), relu("relu2"), conv(name="conv1", outChannels=2, kernelSize=2)], "normal")


def make():
    torch.manual_seed(1)
    tensors, metadata = {}, {}
    for case, shape, layers, drawn in [*cases(), *network_layer_cases.cases()]:
        x = torch.randint(-2, 3, shape).float() if drawn == "whole" else torch.randn(shape)
        kinds = {entry["type"] for entry in layers}
        values = oracle.make_parameters(layers, x)
        doubles = {name: value.double() for name, value in values.items()}
        tensors[f"{case}/input"] = x
        for name in values:
            tensors[f"{case}/value/{name}"] = values[name]
        if kinds & {"batchNorm2d", "dropout", "dropout2d"}:
            tensors[f"{case}/evaluation"] = oracle.forward(layers, x.double(), doubles, training=False).float()
        if not kinds & {"dropout", "dropout2d"}:
            backward(case, layers, x, doubles, tensors)
        metadata[case] = json.dumps(
            {"input": {"channels": shape[1], "height": shape[2], "width": shape[3]}, "layers": layers})
    return tensors, metadata


def backward(case, layers, x, values, tensors):
    """A training pass with a random gradient at the output."""
    leaves = {name: value.requires_grad_("running_" not in name) for name, value in values.items()}
    leaf = x.double().requires_grad_()
    output = oracle.forward(layers, leaf, leaves)
    doutput = torch.randn(output.shape).float()
    output.backward(doutput.double())
    tensors[f"{case}/doutput"], tensors[f"{case}/output"] = doutput, output.float()
    tensors[f"{case}/dinput"] = leaf.grad.float()
    for name, value in leaves.items():
        kind = "gradient" if value.requires_grad else "after"
        tensors[f"{case}/{kind}/{name}"] = (value.grad if value.requires_grad else value).float()
