"""Cases for the layers of the larger networks: every option of every layer that layer_cases.py does not hold yet."""

from case_words import conv, layer, linear, pool, relu


def cases():
    """(case, input shape [N, C, H, W], layers, how the input is drawn)"""
    yield from convolutions()
    yield from pools()
    yield from norms()
    yield from pointwise()
    yield from shapes()
    yield from merges()
    yield from chains()


def convolutions():
    one = {"outChannels": 4, "kernelSize": 3}
    # Padding that is a part of the image.
    for mode in ("reflect", "replicate"):
        yield f"conv_{mode}", [3, 2, 5, 6], [conv(**one, padding=1, paddingMode=mode)], "normal"
        yield f"conv_{mode}_sides", [2, 2, 6, 5], [conv(**one, padding=[3, 0, 1, 2], stride=[2, 1], paddingMode=mode)], "normal"
        yield f"conv_{mode}_groups", [5, 4, 4, 5], [conv(**one, padding=2, groups=2, dilation=2, paddingMode=mode)], "normal"
    yield "conv_dilation", [3, 2, 9, 8], [conv(**one, dilation=[2, 3], padding=1)], "normal"
    yield "conv_dilation_stride", [2, 3, 11, 10], [conv(outChannels=2, kernelSize=[2, 3], dilation=3, stride=2, padding=[2, 1])], "normal"
    yield "conv_groups", [4, 6, 5, 5], [conv(outChannels=9, kernelSize=2, groups=3)], "normal"
    yield "conv_groups_padding_value", [2, 4, 5, 4], [conv(**one, groups=2, padding=[1, 0, 0, 2], paddingValue=-0.5)], "normal"
    yield "conv_depthwise", [3, 5, 6, 6], [conv(outChannels=5, kernelSize=3, groups=5, padding=1)], "normal"
    yield "conv_depthwise_multiplier", [2, 3, 7, 6], [conv(outChannels=6, kernelSize=3, groups=3, stride=2, bias=False)], "normal"
    yield "conv_depthwise_dilation", [17, 4, 5, 5], [conv(outChannels=4, kernelSize=2, groups=4, dilation=2)], "normal"
    yield "conv_connections", [3, 4, 5, 6], [conv(outChannels=5, kernelSize=2, connections=[5, 8, 15, 6, 1])], "normal"
    yield ("conv_connections_padding", [2, 3, 5, 5],
           [conv(outChannels=3, kernelSize=3, connections=[3, 4, 7], padding=[1, 2], stride=2, paddingValue=0.25, bias=False)], "normal")

    up = {"kernelSize": 3}
    yield "deconv", [3, 2, 4, 5], [layer("convTranspose2d", outChannels=3, **up)], "normal"
    yield "deconv_stride", [2, 3, 3, 4], [layer("convTranspose2d", outChannels=2, kernelSize=[2, 4], stride=[2, 3])], "normal"
    yield "deconv_padding", [2, 3, 5, 4], [layer("convTranspose2d", outChannels=2, **up, stride=2, padding=[1, 2])], "normal"
    yield "deconv_padding_sides", [3, 2, 4, 4], [layer("convTranspose2d", outChannels=3, **up, stride=2, padding=[2, 0, 1, 2])], "normal"
    for extra in (1, [0, 2], [2, 1]):
        yield (f"deconv_output_padding_{extra}".replace(" ", ""), [2, 2, 3, 4],
               [layer("convTranspose2d", outChannels=2, **up, stride=3, padding=1, outputPadding=extra)], "normal")
    yield "deconv_stride_above_kernel", [17, 1, 3, 3], [layer("convTranspose2d", outChannels=2, kernelSize=2, stride=4, bias=False)], "normal"
    yield "deconv_one_by_one", [2, 3, 2, 3], [layer("convTranspose2d", outChannels=5, kernelSize=1)], "normal"


def pools():
    yield "pool_dilation", [2, 2, 9, 8], [pool(kernelSize=[2, 3], stride=1, dilation=[3, 2])], "normal"
    yield "pool_dilation_padding", [3, 2, 9, 9], [pool(kernelSize=3, stride=2, dilation=2, padding=1)], "whole"
    for size in (5, 6, 7, 8):
        for padding in (0, 1):
            yield f"pool_ceil_{size}_{padding}", [2, 2, size, 9], [pool(kernelSize=3, stride=2, padding=padding, ceilMode=True)], "whole"
            for count in (True, False):
                yield (f"average_ceil_{size}_{padding}_{count}", [2, 2, size, 9],
                       [layer("averagePool2d", kernelSize=3, stride=2, padding=padding, ceilMode=True, countPadding=count)], "normal")
    yield "pool_ceil_gaps", [2, 1, 10, 11], [pool(kernelSize=2, stride=4, ceilMode=True)], "normal"
    yield "pool_alexnet", [2, 3, 13, 13], [pool(kernelSize=3, stride=2)], "normal"
    yield "average", [3, 2, 6, 8], [layer("averagePool2d", kernelSize=2)], "normal"
    yield "average_overlap", [2, 3, 9, 6], [layer("averagePool2d", kernelSize=[3, 2], stride=[2, 1])], "normal"
    yield "average_gaps", [2, 1, 9, 9], [layer("averagePool2d", kernelSize=2, stride=3)], "normal"
    for count in (True, False):
        yield f"average_padding_{count}", [2, 2, 7, 5], [layer("averagePool2d", kernelSize=[3, 4], stride=2, padding=[1, 2], countPadding=count)], "normal"
        yield f"average_sides_{count}", [17, 2, 6, 7], [layer("averagePool2d", kernelSize=3, stride=[1, 2], padding=[0, 2, 1, 0], countPadding=count)], "normal"
    yield "average_global", [5, 3, 4, 7], [layer("globalAveragePool2d")], "normal"
    yield "average_global_pixel", [2, 3, 1, 1], [layer("globalAveragePool2d")], "normal"
    yield "subsampling", [3, 4, 6, 8], [layer("subsampling2d")], "normal"
    yield "subsampling_kernel", [5, 2, 7, 8], [layer("subsampling2d", kernelSize=[3, 2])], "normal"


def norms():
    bn = "batchNorm2d"
    yield "batch_norm", [4, 3, 3, 5], [layer(bn)], "normal"
    yield "batch_norm_many_images", [17, 2, 2, 2], [layer(bn, momentum=0.3, eps=0.01)], "normal"
    yield "batch_norm_one_image", [1, 3, 4, 4], [layer(bn, momentum=1.0)], "normal"
    yield "batch_norm_flat", [6, 5, 1, 1], [layer(bn)], "normal"
    yield "batch_norm_no_weights", [5, 3, 2, 3], [layer(bn, affine=False, momentum=0.0)], "normal"
    for groups in (1, 2, 3, 6):
        for affine in (True, False):
            yield f"group_norm_{groups}_{affine}", [3, 6, 4, 3], [layer("groupNorm", groups=groups, affine=affine)], "normal"
    yield "group_norm_eps", [17, 4, 2, 2], [layer("groupNorm", groups=2, eps=0.1)], "normal"
    yield "group_norm_flat", [3, 8, 1, 1], [layer("groupNorm", groups=1)], "normal"
    for size in (1, 2, 3, 5, 9):
        yield f"response_norm_{size}", [3, 6, 2, 3], [layer("localResponseNorm", size=size, alpha=0.5)], "normal"
    yield "response_norm_alexnet", [2, 7, 2, 2], [layer("localResponseNorm", size=5, alpha=5e-4, beta=0.75, k=2.0)], "normal"
    yield "response_norm_beta", [17, 3, 2, 2], [layer("localResponseNorm", size=4, alpha=2.0, beta=0.4, k=0.5)], "normal"
    for kind in ("dropout", "dropout2d"):
        yield kind, [3, 4, 2, 3], [layer(kind, p=0.3)], "normal"


def pointwise():
    settings = {
        "leakyRelu": [{}, {"negativeSlope": 0.25}, {"negativeSlope": -0.5}],
        "elu": [{}, {"alpha": 0.3}],
        "gelu": [{}, {"approximate": "tanh"}],
        "silu": [{}], "hardswish": [{}], "sigmoid": [{}], "tanh": [{}],
        "scaledTanh": [{}, {"amplitude": 2.0, "slope": 0.5}],
        "softmax": [{}], "logSoftmax": [{}],
    }
    for kind, all_options in settings.items():
        for i, options in enumerate(all_options):
            yield f"{kind}_{i}", [3, 4, 5, 4], [layer(kind, **options)], "normal"
        yield f"{kind}_whole", [17, 6, 1, 1], [layer(kind)], "whole"


def shapes():
    yield "reshape", [3, 4, 3, 2], [layer("reshape", channels=2, height=3, width=-1)], "normal"
    yield "reshape_flat", [2, 6, 2, 2], [layer("reshape", channels=-1)], "normal"
    yield "reshape_back", [17, 12, 1, 1], [layer("reshape", channels=3, height=2, width=2)], "normal"
    yield "pad", [3, 2, 3, 4], [layer("zeroPad2d", padding=[1, 0, 2, 3])], "normal"
    yield "pad_value", [2, 2, 4, 3], [layer("zeroPad2d", padding=[2, 1], value=-1.5)], "normal"
    yield "pad_reflect", [2, 2, 4, 5], [layer("zeroPad2d", padding=[3, 1, 0, 4], paddingMode="reflect")], "normal"
    yield "pad_replicate", [2, 2, 3, 2], [layer("zeroPad2d", padding=[4, 0, 3, 1], paddingMode="replicate")], "normal"
    yield "upsample", [3, 2, 3, 4], [layer("upsample")], "normal"
    yield "upsample_scale", [2, 2, 3, 2], [layer("upsample", scale=[3, 2])], "normal"
    yield "upsample_smaller", [2, 2, 7, 5], [layer("upsample", size=[4, 3])], "normal"
    for corners in (False, True):
        for size in ([6, 8], [7, 5], [2, 3], [1, 9]):
            yield (f"bilinear_{corners}_{size}".replace(" ", ""), [2, 2, 3, 4],
                   [layer("upsample", mode="bilinear", size=size, alignCorners=corners)], "normal")
        yield f"bilinear_{corners}_scale", [17, 1, 2, 3], [layer("upsample", mode="bilinear", scale=[2, 3], alignCorners=corners)], "normal"
    yield "identity_shortcut", [3, 2, 5, 4], [layer("identityShortcut", outChannels=5)], "normal"
    yield "identity_shortcut_stride", [2, 3, 7, 6], [layer("identityShortcut", outChannels=7, stride=3)], "normal"
    yield "identity_shortcut_channels", [2, 3, 2, 3], [layer("identityShortcut", outChannels=6, stride=1)], "normal"
    yield "radial_basis", [3, 84, 1, 1], [layer("radialBasis")], "normal"
    yield "radial_basis_random", [17, 5, 1, 1], [layer("radialBasis", outFeatures=7, codes="random")], "normal"


def merges():
    two = [conv("a", outChannels=3, kernelSize=1), conv("b", outChannels=3, kernelSize=1, inputs=["input"])]
    yield "add", [3, 2, 3, 4], [*two, layer("add", inputs=["a", "b"])], "normal"
    yield "add_input", [3, 3, 3, 4], [two[0], layer("add", inputs=["input", "a", "input"])], "normal"
    yield "multiply", [5, 2, 3, 3], [*two, layer("multiply", inputs=["a", "b"])], "normal"
    yield "multiply_square", [5, 2, 3, 3], [layer("multiply", inputs=["input", "input"])], "normal"
    yield ("concat", [3, 2, 3, 4], [two[0], conv("c", outChannels=2, kernelSize=1, inputs=["input"]),
                                    layer("concat", inputs=["c", "input", "a"])], "normal")


def chains():
    """Places where a ReLU may vanish into its neighbours, gradients meet, and statistics are kept."""
    def conv_norm(name, channels, inputs=None, **options):
        extra = {"inputs": inputs} if inputs else {}
        return [conv(f"{name}.conv", outChannels=channels, bias=False, **options, **extra), layer("batchNorm2d", f"{name}.bn")]

    three = {"kernelSize": 3, "padding": 1}
    for name, shortcut in (("identity", [layer("identityShortcut", "short", outChannels=4, inputs=["start.relu"])]),
                           ("projection", conv_norm("short", 4, ["start.relu"], kernelSize=1, stride=2))):
        yield (f"block_{name}", [4, 2, 6, 5],
               [*conv_norm("start", 3, **three), relu("start.relu"), *conv_norm("one", 4, **three, stride=2), relu("one.relu"),
                *conv_norm("two", 4, **three), *shortcut, layer("add", "sum", inputs=["two.bn", shortcut[-1]["name"]]), relu("out"),
                layer("globalAveragePool2d", "pool"), linear(outFeatures=3)], "normal")
    yield ("chain_groups_relu", [5, 4, 6, 6],
           [conv("conv1", outChannels=6, groups=2, **three), relu("relu1"), conv("conv2", outChannels=6, groups=6, **three),
            relu("relu2"), conv("conv3", outChannels=2, kernelSize=1), relu("relu3")], "normal")
    yield ("chain_reflect_relu", [3, 2, 5, 5],
           [conv("conv1", outChannels=3, **three, paddingMode="reflect"), relu("relu1"),
            conv("conv2", outChannels=3, **three, paddingMode="replicate"), relu("relu2"), layer("averagePool2d", "mean", kernelSize=2)], "normal")
    yield ("chain_response_norm", [2, 3, 9, 9],
           [conv("conv1", outChannels=5, kernelSize=3), relu("relu1"), layer("localResponseNorm", "norm", size=3, alpha=0.1),
            pool(kernelSize=3, stride=2), conv("conv2", outChannels=4, kernelSize=2), relu("relu2")], "normal")
    yield ("chain_fork_relu", [3, 2, 5, 5],
           [conv("conv1", outChannels=3, **three), relu("relu1"), conv("conv2", outChannels=3, **three, inputs=["conv1"]),
            layer("concat", "both", inputs=["relu1", "conv2"]), relu("relu2"), layer("upsample", "up"), relu("relu3")], "normal")
    yield ("chain_lenet_1998", [2, 1, 12, 12],
           [conv("c1", outChannels=3, kernelSize=3), layer("subsampling2d", "s2"), layer("scaledTanh", "t2"),
            conv("c3", outChannels=4, kernelSize=3, connections=[3, 6, 5, 7]), layer("scaledTanh", "t3"), layer("flatten", "flat"),
            linear(outFeatures=6), layer("scaledTanh", "t4"), layer("radialBasis", "out", outFeatures=5, codes="random")], "normal")
    yield ("chain_dropout", [4, 2, 4, 4],
           [conv("conv1", outChannels=3, **three), layer("batchNorm2d", "bn"), relu("relu1"), layer("dropout2d", "drop1"),
            layer("flatten", "flat"), linear(outFeatures=4), layer("dropout", "drop2")], "normal")
