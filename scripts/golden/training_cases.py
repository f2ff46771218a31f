"""Training: LeNet's gradients and ten-step loss curve, SGD step by step, OneCycleLR's rates."""

import json
import math

import torch
import torch.nn.functional as F

import oracle

LENET = [
    {"type": "conv2d", "name": "conv1", "outChannels": 6, "kernelSize": 5, "padding": 2},
    {"type": "relu", "name": "relu1"},
    {"type": "maxPool2d", "name": "pool1", "kernelSize": 2},
    {"type": "conv2d", "name": "conv2", "outChannels": 16, "kernelSize": 5},
    {"type": "relu", "name": "relu2"},
    {"type": "maxPool2d", "name": "pool2", "kernelSize": 2},
    {"type": "flatten", "name": "flatten"},
    {"type": "linear", "name": "fc1", "outFeatures": 120},
    {"type": "relu", "name": "relu3"},
    {"type": "linear", "name": "fc2", "outFeatures": 84},
    {"type": "relu", "name": "relu4"},
    {"type": "linear", "name": "fc3", "outFeatures": 10},
]
MEAN, STD = 0.1307, 0.3081
STEPS, BATCH = 10, 32
SGD = {"lr": 0.05, "momentum": 0.9, "weight_decay": 5e-4}


def digit_like_images(labels):
    """Bytes [N, 1, 28, 28]: a bar per class, at a place and of a brightness that vary, on a noisy ground of few levels."""
    images = torch.randint(0, 4, (len(labels), 1, 28, 28)) * 16
    for image, label in zip(images, labels):
        row, column = 3 + 2 * int(label) % 14, 4 + int(torch.randint(0, 8, ()))
        image[0, row:row + 4, column:column + 12] = 160 + 16 * int(torch.randint(0, 6, ()))
        image[0, 6:22, 2 + 2 * int(label):5 + 2 * int(label)] = 208
    return images.to(torch.uint8)


def lenet():
    torch.manual_seed(2)
    labels = torch.randint(0, 10, (STEPS * BATCH,))
    images = digit_like_images(labels)
    x = (images.double() / 255 - MEAN) / STD
    values = oracle.make_parameters(LENET, x[:1])
    for name, value in values.items():
        fan_in = value[0].numel()
        value.copy_(torch.randn(value.shape) * math.sqrt(2 / fan_in) if name.endswith("weight") else torch.randn(value.shape) * 0.05)
    leaves = {name: value.double().requires_grad_() for name, value in values.items()}
    optimizer = torch.optim.SGD(list(leaves.values()), **SGD)

    tensors = {"images": images, "labels": labels.to(torch.int32)}
    losses, correct = [], []
    for step in range(STEPS):
        batch = slice(step * BATCH, (step + 1) * BATCH)
        logits = oracle.forward(LENET, x[batch], leaves)
        loss = F.cross_entropy(logits, labels[batch])
        optimizer.zero_grad()
        loss.backward()
        if step == 0:
            tensors["logits"] = logits.float()
            for name in values:
                tensors[f"value/{name}"] = values[name]
                tensors[f"gradient/{name}"] = leaves[name].grad.float()
        losses.append(loss.item())
        correct.append((logits.argmax(1) == labels[batch]).double().mean().item())
        optimizer.step()
    tensors["losses"] = torch.tensor(losses, dtype=torch.float64)
    tensors["accuracies"] = torch.tensor(correct, dtype=torch.float64)
    for name in ("conv1.weight", "conv2.bias", "fc3.weight", "fc3.bias"):
        tensors[f"after/{name}"] = leaves[name].detach().float()
    metadata = {"batch": str(BATCH), "sgd": json.dumps(SGD)}
    return tensors, metadata


def optimizers():
    """Per case, "<case>/gradients" [10, n] and "<case>/values" [11, n], the first row the start; options in metadata."""
    torch.manual_seed(3)
    tensors, metadata = {}, {}
    # torch's words → ours
    words = {"lr": "learningRate", "weight_decay": "weightDecay"}
    settings = {
        "sgd_plain": {"lr": 0.1},
        "sgd_momentum": {"lr": 0.1, "momentum": 0.9},
        "sgd_decay": {"lr": 0.05, "weight_decay": 0.01},
        "sgd_momentum_decay": {"lr": 0.02, "momentum": 0.8, "weight_decay": 0.1},
        "sgd_nesterov": {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
        "sgd_dampening": {"lr": 0.1, "momentum": 0.7, "dampening": 0.4},
        "adam_plain": {"lr": 0.01},
        "adam_decay": {"lr": 0.05, "weight_decay": 0.1, "betas": (0.8, 0.95), "eps": 1e-4},
        "adamw_plain": {"lr": 0.02},
        "adamw_decay": {"lr": 0.05, "weight_decay": 0.3, "betas": (0.95, 0.9)},
        "rmsprop_plain": {"lr": 0.01},
        "rmsprop_momentum": {"lr": 0.01, "momentum": 0.9, "alpha": 0.9, "weight_decay": 0.01},
        "rmsprop_centered": {"lr": 0.02, "centered": True, "alpha": 0.95, "eps": 1e-3},
    }
    classes = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "rmsprop": torch.optim.RMSprop}
    for case, options in settings.items():
        kind = case.split("_")[0]
        start, gradients = torch.randn(37), torch.randn(10, 37)
        parameter = start.double().requires_grad_()
        optimizer = classes[kind]([parameter], **options)
        rows = [start]
        for gradient in gradients:
            parameter.grad = gradient.double()
            optimizer.step()
            rows.append(parameter.detach().float())
        tensors[f"{case}/gradients"], tensors[f"{case}/values"] = gradients, torch.stack(rows)
        ours = {words.get(name, name): value for name, value in options.items() if name != "betas"}
        if "betas" in options:
            ours["beta1"], ours["beta2"] = options["betas"]
        metadata[case] = json.dumps({"type": kind, **ours})
    return tensors, metadata


def schedules():
    """Per case, "<case>/rates" and "<case>/momenta" for each step, float64; options in metadata."""
    tensors, metadata = {}, {}
    settings = {
        "default": (100, {"max_lr": 0.1}),
        "linear": (37, {"max_lr": 0.25, "anneal_strategy": "linear", "pct_start": 0.4}),
        "divisors": (64, {"max_lr": 1.0, "div_factor": 10, "final_div_factor": 100, "pct_start": 0.5}),
        "short": (5, {"max_lr": 0.3, "pct_start": 0.25}),
    }
    for case, (steps, options) in settings.items():
        parameter = torch.zeros(1, requires_grad=True)
        optimizer = torch.optim.SGD([parameter], lr=0.1, momentum=0.9)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, total_steps=steps, **options)
        rates, momenta = [], []
        for step in range(steps):
            rates.append(optimizer.param_groups[0]["lr"])
            momenta.append(optimizer.param_groups[0]["momentum"])
            optimizer.step()
            if step + 1 < steps:
                schedule.step()
        tensors[f"oneCycle_{case}/rates"] = torch.tensor(rates, dtype=torch.float64)
        tensors[f"oneCycle_{case}/momenta"] = torch.tensor(momenta, dtype=torch.float64)
        metadata[f"oneCycle_{case}"] = json.dumps({
            "type": "oneCycle", "maxLearningRate": options["max_lr"], "warmup": options.get("pct_start", 0.3),
            "startDivisor": options.get("div_factor", 25), "endDivisor": options.get("final_div_factor", 1e4),
            "anneal": "linear" if options.get("anneal_strategy") == "linear" else "cosine", "cycleMomentum": True})
    return tensors, metadata
