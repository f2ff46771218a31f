"""The words that layer cases are written in: one entry of a network's list of layers each."""


def layer(kind, name="one", **options):
    return {"type": kind, "name": name, **options}


def conv(name="conv", **options):
    return layer("conv2d", name, **options)


def pool(name="pool", **options):
    return layer("maxPool2d", name, **options)


def linear(name="fc", **options):
    return layer("linear", name, **options)


def relu(name="relu"):
    return layer("relu", name)
