"""What a user of `fit` may ask for, as PyTorch does it: ten-step loss curves of a small network for every optimizer,
schedule, loss and way of treating parameters; schedules over 200 steps; losses with all options; measures."""

import json

import numpy
import torch
import torch.nn.functional as F

CLASSES, STEPS, BATCH = 5, 10, 12
INPUT = {"channels": 1, "height": 8, "width": 8}
CONV = {"type": "conv2d", "name": "conv1", "outChannels": 4, "kernelSize": 3, "padding": 1}
TAIL = [{"type": "relu", "name": "relu1"}, {"type": "maxPool2d", "name": "pool1", "kernelSize": 2},
        {"type": "flatten", "name": "flatten"}, {"type": "linear", "name": "fc1", "outFeatures": 12},
        {"type": "relu", "name": "relu2"}, {"type": "linear", "name": "fc2", "outFeatures": CLASSES}]
NETWORKS = {"plain": [CONV, *TAIL], "norm": [CONV, {"type": "batchNorm2d", "name": "bn1"}, *TAIL]}


class Network(torch.nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(1, 4, 3, padding=1)
        self.bn1 = torch.nn.BatchNorm2d(4) if kind == "norm" else torch.nn.Identity()
        self.fc1, self.fc2 = torch.nn.Linear(64, 12), torch.nn.Linear(12, CLASSES)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2).flatten(1)
        return self.fc2(F.relu(self.fc1(x)))


def images():
    labels = torch.randint(0, CLASSES, (STEPS * BATCH,))
    x = torch.randint(0, 12, (STEPS * BATCH, 1, 8, 8)).float() / 32
    for image, label in zip(x, labels):
        image[0, int(label):int(label) + 3, 2:6] += 0.5
    return x, labels


def hard_loss(logits, labels, loss):
    kind, weights = loss.get("type", "crossEntropy"), loss.get("classWeights")
    weights = None if weights is None else torch.tensor(weights, dtype=logits.dtype)
    if kind == "crossEntropy":
        return F.cross_entropy(logits, labels, weight=weights, label_smoothing=loss.get("labelSmoothing", 0.0),
                               ignore_index=loss.get("ignoreIndex", -100))
    if kind == "focal":
        log_p = F.log_softmax(logits, 1).gather(1, labels[:, None])[:, 0]
        w = 1 if weights is None else weights[labels]
        return (-w * (1 - log_p.exp()) ** loss.get("gamma", 2) * log_p).mean()
    if kind == "meanSquared":
        return F.mse_loss(logits, F.one_hot(labels, logits.shape[1]).to(logits.dtype))
    if kind == "radialBasis":  # LeCun et al. 1998, equation 9, with logits = -distances
        cap = torch.full((len(labels), 1), -float(loss.get("cap", 5)), dtype=logits.dtype)
        return (-logits.gather(1, labels[:, None])[:, 0] + torch.logsumexp(torch.cat([logits, cap], 1), 1)).mean()
    raise ValueError(kind)


def make_optimizer(groups, o):
    kind = o["type"]
    if kind == "sgd":
        return torch.optim.SGD(groups, lr=o.get("learningRate", 0.01), momentum=o.get("momentum", 0),
                               dampening=o.get("dampening", 0), nesterov=o.get("nesterov", False),
                               weight_decay=o.get("weightDecay", 0))
    if kind in ("adam", "adamw"):
        make = torch.optim.Adam if kind == "adam" else torch.optim.AdamW
        return make(groups, lr=o.get("learningRate", 0.001), betas=(o.get("beta1", 0.9), o.get("beta2", 0.999)),
                    eps=o.get("eps", 1e-8), weight_decay=o.get("weightDecay", 0 if kind == "adam" else 0.01))
    return torch.optim.RMSprop(groups, lr=o.get("learningRate", 0.01), alpha=o.get("alpha", 0.99), eps=o.get("eps", 1e-8),
                               momentum=o.get("momentum", 0), centered=o.get("centered", False),
                               weight_decay=o.get("weightDecay", 0))


def make_schedule(optimizer, o, total):
    s, kind = torch.optim.lr_scheduler, o["type"]
    if kind == "constant":
        return s.LambdaLR(optimizer, lambda step: 1.0)
    if kind == "step":
        return s.StepLR(optimizer, o["stepSize"], o.get("gamma", 0.1))
    if kind == "multiStep":
        return s.MultiStepLR(optimizer, o["milestones"], o.get("gamma", 0.1))
    if kind == "exponential":
        return s.ExponentialLR(optimizer, o["gamma"])
    if kind == "cosine":
        return s.CosineAnnealingLR(optimizer, o.get("steps", total), o.get("minLearningRate", 0))
    if kind == "cosineRestarts":
        return s.CosineAnnealingWarmRestarts(optimizer, o["steps"], o.get("growth", 1), o.get("minLearningRate", 0))
    if kind == "linearWarmup":
        return s.LinearLR(optimizer, o.get("startFactor", 1 / 3), o.get("endFactor", 1.0), o["steps"])
    if kind == "oneCycle":
        return s.OneCycleLR(optimizer, o["maxLearningRate"], total_steps=total, pct_start=o.get("warmup", 0.3),
                            cycle_momentum=o.get("cycleMomentum", False))
    if kind == "reduceOnPlateau":
        return s.ReduceLROnPlateau(optimizer, "min" if o.get("monitor", "loss") == "loss" else "max", o.get("factor", 0.1),
                                   o.get("patience", 10), o.get("threshold", 1e-4), o.get("thresholdMode", "rel"),
                                   o.get("cooldown", 0), o.get("minLearningRate", 0))
    raise ValueError(kind)


SGD = {"type": "sgd", "learningRate": 0.1, "momentum": 0.9}
FIT = {
    "sgd": {"optimizer": {"type": "sgd", "learningRate": 0.2}},
    "sgd_momentum": {"optimizer": SGD},
    "sgd_dampening": {"optimizer": {**SGD, "dampening": 0.3}},
    "sgd_nesterov": {"optimizer": {**SGD, "nesterov": True}},
    "sgd_decay": {"optimizer": {**SGD, "weightDecay": 0.05}},
    "sgd_nesterov_decay": {"optimizer": {**SGD, "nesterov": True, "weightDecay": 0.02}},
    "adam": {"optimizer": {"type": "adam", "learningRate": 0.01}},
    "adam_options": {"optimizer": {"type": "adam", "learningRate": 0.02, "beta1": 0.8, "beta2": 0.95, "eps": 1e-4,
                                   "weightDecay": 0.1}},
    "adamw": {"optimizer": {"type": "adamw", "learningRate": 0.01}},
    "adamw_options": {"optimizer": {"type": "adamw", "learningRate": 0.02, "beta1": 0.85, "beta2": 0.99, "eps": 1e-6,
                                    "weightDecay": 0.5}},
    "rmsprop": {"optimizer": {"type": "rmsprop", "learningRate": 0.002}},
    "rmsprop_momentum": {"optimizer": {"type": "rmsprop", "learningRate": 0.001, "alpha": 0.9, "momentum": 0.8}},
    "rmsprop_centered": {"optimizer": {"type": "rmsprop", "learningRate": 0.001, "alpha": 0.9, "centered": True,
                                       "eps": 1e-3}},
    "rmsprop_all": {"optimizer": {"type": "rmsprop", "learningRate": 0.001, "alpha": 0.95, "centered": True, "eps": 1e-3,
                                  "momentum": 0.5, "weightDecay": 0.05}},
    "clip_norm": {"optimizer": SGD, "clipNorm": 0.3},
    "clip_value": {"optimizer": SGD, "clipValue": 0.02},
    "groups": {"optimizer": {**SGD, "weightDecay": 0.05},
               "parameterGroups": [{"names": ["*.bias"], "weightDecay": 0}, {"names": ["conv1.weight"], "learningRate": 0.1},
                                   {"names": ["fc2.weight"], "learningRate": 2, "weightDecay": 0.2}]},
    "average": {"optimizer": SGD, "averageWeights": {"decay": 0.8, "warmup": False}},
    "average_warmup": {"optimizer": SGD, "averageWeights": {"decay": 0.5, "warmup": True}},
    "smoothing_and_weights": {"optimizer": SGD, "loss": {"type": "crossEntropy", "labelSmoothing": 0.1,
                                                         "classWeights": [1, 2, 0.5, 1, 3]}},
    "focal": {"optimizer": SGD, "loss": {"type": "focal", "gamma": 1.5, "classWeights": [1, 2, 0.5, 1, 3]}},
    "mean_squared": {"optimizer": SGD, "loss": {"type": "meanSquared"}},
    "norm": {"network": "norm", "optimizer": SGD, "averageWeights": {"decay": 0.8, "warmup": False}},
    # A bias before a norm has gradient 0 but for rounding: with a small eps Adam would walk along the rounding.
    "norm_adamw": {"network": "norm", "optimizer": {"type": "adamw", "learningRate": 0.01, "eps": 1e-3}},
    "frozen": {"optimizer": SGD, "freeze": {"until": "fc1"}},
    "frozen_middle": {"optimizer": SGD, "freeze": {"layers": ["fc1"]}},
    "norm_frozen": {"network": "norm", "optimizer": SGD, "freeze": {"until": "bn1", "batchNorm": "frozen"}},
    "norm_updated": {"network": "norm", "optimizer": SGD, "freeze": {"until": "bn1", "batchNorm": "updated"}},
    "norm_held": {"network": "norm", "optimizer": SGD, "freeze": {"layers": ["bn1"], "batchNorm": "frozen"}},
}
for name, schedule in {
    "constant": {"type": "constant"}, "step": {"type": "step", "stepSize": 3, "gamma": 0.5},
    "multi_step": {"type": "multiStep", "milestones": [2, 5, 7], "gamma": 0.4},
    "exponential": {"type": "exponential", "gamma": 0.8}, "cosine": {"type": "cosine", "minLearningRate": 0.01},
    "cosine_restarts": {"type": "cosineRestarts", "steps": 2, "growth": 2},
    "linear_warmup": {"type": "linearWarmup", "steps": 6, "startFactor": 0.1},
    "one_cycle": {"type": "oneCycle", "maxLearningRate": 0.3}, "one_cycle_momentum":
        {"type": "oneCycle", "maxLearningRate": 0.3, "cycleMomentum": True},
}.items():
    FIT["schedule_" + name] = {"optimizer": SGD, "schedule": schedule}


def group_of(name, options):
    layer, kind = name.split(".")
    for group in options.get("parameterGroups", []):
        if any(n in (layer, name, "*." + kind) for n in group["names"]):
            return group
    return {}


def frozen(layer, freeze):
    order = ["conv1", "bn1", "fc1", "fc2"]
    if "until" in freeze:
        return order.index(layer) <= order.index(freeze["until"])
    return layer in freeze.get("layers", [])


def train(options, start, x, labels):
    model = Network(options.get("network", "plain")).double()
    model.load_state_dict({k: v.double() for k, v in start.items() if k in model.state_dict()}, strict=False)
    freeze, base = options.get("freeze", {}), options["optimizer"]
    held = frozen("bn1", freeze) and freeze.get("batchNorm", "frozen") == "frozen"
    rate, groups = base.get("learningRate", 0.01), []
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(not frozen(name.split(".")[0], freeze))
        group = {"params": [parameter], "lr": rate * group_of(name, options).get("learningRate", 1)}
        if "weightDecay" in group_of(name, options):
            group["weight_decay"] = group_of(name, options)["weightDecay"]
        if parameter.requires_grad:
            groups.append(group)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = make_optimizer(groups, base)
    schedule = make_schedule(optimizer, options["schedule"], STEPS) if "schedule" in options else None
    average = options.get("averageWeights")
    shadow = {k: v.clone() for k, v in model.state_dict().items()}
    losses, norms = [], []
    for step in range(STEPS):
        batch = slice(step * BATCH, (step + 1) * BATCH)
        model.train()
        if held:
            model.bn1.eval()
        loss = hard_loss(model(x[batch]), labels[batch], options.get("loss", {}))
        optimizer.zero_grad()
        loss.backward()
        if "clipValue" in options:
            torch.nn.utils.clip_grad_value_(trained, options["clipValue"])
        norms.append(float(torch.nn.utils.clip_grad_norm_(trained, options.get("clipNorm", float("inf")))))
        losses.append(loss.item())
        optimizer.step()
        if schedule:
            schedule.step() if step + 1 < STEPS else None
        if average:
            t = step + 1
            decay = min(average["decay"], (1 + t) / (10 + t)) if average["warmup"] else average["decay"]
            for key, value in model.state_dict().items():
                statistic = "running" in key or "num_batches" in key
                shadow[key] = value.clone() if statistic else decay * shadow[key] + (1 - decay) * value
    if average:
        model.load_state_dict(shadow)
    model.eval()
    with torch.no_grad():
        after = hard_loss(model(x), labels, options.get("loss", {})).item()
    return losses, norms, after, model.state_dict()


def fit():
    """"images", "labels", "start/<parameter>"; per case "<case>/losses", "/norms" [10], "/after" [1] (the loss over all
    images of the weights to keep), "/values/<parameter>"; options in metadata, networks in "network.<kind>"."""
    torch.manual_seed(11)
    x, labels = images()
    start = {k: v.float() for k, v in Network("norm").state_dict().items() if "num_batches" not in k}
    start["bn1.weight"], start["bn1.bias"] = torch.rand(4) + 0.5, torch.randn(4) * 0.2
    start["bn1.running_mean"], start["bn1.running_var"] = torch.randn(4) * 0.2, torch.rand(4) * 0.3 + 0.1
    tensors = {"images": x, "labels": labels.to(torch.int32), **{f"start/{k}": v for k, v in start.items()}}
    metadata = {f"network.{k}": json.dumps({"input": INPUT, "layers": v}) for k, v in NETWORKS.items()}
    for name, options in FIT.items():
        losses, norms, after, values = train(options, start, x.double(), labels)
        tensors[f"{name}/losses"] = torch.tensor(losses, dtype=torch.float64)
        tensors[f"{name}/norms"] = torch.tensor(norms, dtype=torch.float64)
        tensors[f"{name}/after"] = torch.tensor([after], dtype=torch.float64)
        for key in ("fc2.weight", "bn1.running_var"):
            if key in values:
                tensors[f"{name}/values/{key}"] = values[key].float()
        metadata[f"case.{name}"] = json.dumps(options)
    return tensors, metadata


RATES = {
    "constant": ({"type": "constant"}, 1), "step": ({"type": "step", "stepSize": 30}, 1),
    "step_epoch": ({"type": "step", "stepSize": 4, "gamma": 0.7, "unit": "epoch"}, 7),
    "multi_step": ({"type": "multiStep", "milestones": [20, 21, 150], "gamma": 0.3}, 1),
    "multi_step_epoch": ({"type": "multiStep", "milestones": [2, 9], "unit": "epoch"}, 7),
    "exponential": ({"type": "exponential", "gamma": 0.97}, 1),
    "exponential_epoch": ({"type": "exponential", "gamma": 0.8, "unit": "epoch"}, 7),
    "cosine": ({"type": "cosine"}, 1), "cosine_minimum": ({"type": "cosine", "steps": 199, "minLearningRate": 0.02}, 1),
    "restarts": ({"type": "cosineRestarts", "steps": 23}, 1),
    "restarts_growing": ({"type": "cosineRestarts", "steps": 9, "growth": 3, "minLearningRate": 0.001}, 1),
    "warmup": ({"type": "linearWarmup", "steps": 50}, 1),
    "warmup_from_nothing": ({"type": "linearWarmup", "steps": 120, "startFactor": 1e-3}, 1),
    "linear_fall": ({"type": "linearWarmup", "steps": 150, "startFactor": 1, "endFactor": 0.05}, 1),
    "one_cycle": ({"type": "oneCycle", "maxLearningRate": 0.5, "warmup": 0.2}, 1),
    "plateau": ({"type": "reduceOnPlateau", "patience": 3}, 1),
    "plateau_all": ({"type": "reduceOnPlateau", "monitor": "accuracy", "factor": 0.5, "patience": 2, "threshold": 0.01,
                     "thresholdMode": "abs", "cooldown": 4, "minLearningRate": 1e-3}, 1),
    "plateau_relative": ({"type": "reduceOnPlateau", "monitor": "accuracy", "factor": 0.3, "patience": 0,
                          "threshold": 0.02, "cooldown": 2, "minLearningRate": 1e-6}, 1),
    "plateau_absolute": ({"type": "reduceOnPlateau", "factor": 0.6, "patience": 5, "threshold": 0.05,
                          "thresholdMode": "abs"}, 1),
}


def rates():
    """Per case "<case>" [200] float64, the rate of each step from 0.1; "observed" [200]: what plateaus are told after each
    step; options and steps in an epoch in metadata."""
    torch.manual_seed(12)
    steps = 200
    observed = torch.exp(-torch.arange(steps).double() / 60) * 0.8 + torch.rand(steps, dtype=torch.float64) * 0.15
    tensors, metadata = {"observed": observed}, {}
    for name, (options, every) in RATES.items():
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1, momentum=0.9)
        schedule = make_schedule(optimizer, options, steps)
        plateau, found = options["type"] == "reduceOnPlateau", []
        for step in range(steps):
            found.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if plateau:
                seen = observed[step].item()
                schedule.step(seen if options.get("monitor", "loss") == "loss" else 1 - seen)
            elif (step + 1) % every == 0 and step + 1 < steps:
                schedule.step()
        tensors[name] = torch.tensor(found, dtype=torch.float64)
        metadata[name] = json.dumps({"options": options, "stepsPerEpoch": every})
    return tensors, metadata


LOSSES = {
    "plain": {"type": "crossEntropy"}, "smoothing": {"type": "crossEntropy", "labelSmoothing": 0.2},
    "weights": {"type": "crossEntropy", "classWeights": [0.5, 1, 2, 0, 3, 0.25, 1.5]},
    "both": {"type": "crossEntropy", "labelSmoothing": 0.1, "classWeights": [0.5, 1, 2, 0, 3, 0.25, 1.5]},
    "ignored": {"type": "crossEntropy", "ignoreIndex": 2},
    "ignored_all": {"type": "crossEntropy", "ignoreIndex": 4, "labelSmoothing": 0.3,
                    "classWeights": [0.5, 1, 2, 1, 3, 0.25, 1.5]},
    "soft": {"type": "crossEntropy", "soft": True}, "soft_smoothing": {"type": "crossEntropy", "soft": True, "labelSmoothing": 0.2},
    "soft_weights": {"type": "crossEntropy", "soft": True, "classWeights": [0.5, 1, 2, 0, 3, 0.25, 1.5]},
    "soft_both": {"type": "crossEntropy", "soft": True, "labelSmoothing": 0.1, "classWeights": [0.5, 1, 2, 0, 3, 0.25, 1.5]},
    "focal": {"type": "focal"}, "focal_plain": {"type": "focal", "gamma": 0},
    "focal_weights": {"type": "focal", "gamma": 0.7, "classWeights": [0.5, 1, 2, 0.1, 3, 0.25, 1.5]},
    "mean_squared": {"type": "meanSquared"}, "mean_squared_soft": {"type": "meanSquared", "soft": True},
    "radial_basis": {"type": "radialBasis"}, "radial_basis_cap": {"type": "radialBasis", "cap": 0.5},
}


def losses():
    """"logits", "distances", "soft" [21, 7], "labels"; per case "<case>/loss" [1] and "/gradient" [21, 7]."""
    torch.manual_seed(13)
    logits, labels = torch.randn(21, 7) * 3, torch.randint(0, 7, (21,))
    soft, distances = torch.softmax(torch.randn(21, 7) * 2, 1), -torch.rand(21, 7) * 12
    tensors = {"logits": logits, "labels": labels.to(torch.int32), "soft": soft, "distances": distances}
    metadata = {}
    for name, options in LOSSES.items():
        z = (distances if options["type"] == "radialBasis" else logits).double().requires_grad_()
        if options.get("soft") and options["type"] == "meanSquared":
            loss = F.mse_loss(z, soft.double())
        elif options.get("soft"):
            weights = options.get("classWeights")
            loss = F.cross_entropy(z, soft.double(), weight=None if weights is None else torch.tensor(weights).double(),
                                   label_smoothing=options.get("labelSmoothing", 0.0))
        else:
            loss = hard_loss(z, labels, options)
        loss.backward()
        tensors[f"{name}/loss"] = loss.detach().reshape(1)
        tensors[f"{name}/gradient"] = z.grad.float()
        metadata[name] = json.dumps(options)
    return tensors, metadata


def measures():
    """"logits" [157, 6] of a network that is too sure, "labels"; what torch and numpy make of them: "accuracy", "top_k"
    for k = 1 … 6, "confusion", "precision", "recall", "f1" per class, "macro" (over classes that occur), "ece" (15 bins).
    Class 3 is never a label, class 5 neither label nor prediction."""
    torch.manual_seed(14)
    labels = torch.tensor([0, 1, 2, 4])[torch.randint(0, 4, (157,))]
    logits = torch.randn(157, 6) * 1.5
    logits[torch.arange(157), labels] += 2
    logits[:, 5] -= 20
    p = torch.softmax(logits.double(), 1)
    confidence, predicted = p.max(1)
    right = (predicted == labels).double()
    confusion = numpy.zeros((6, 6))
    numpy.add.at(confusion, (labels.numpy(), predicted.numpy()), 1)
    hits, predicted_count, support = numpy.diag(confusion), confusion.sum(0), confusion.sum(1)
    share = lambda a, b: numpy.divide(a, b, out=numpy.zeros(6), where=b > 0)
    scores = {"precision": share(hits, predicted_count), "recall": share(hits, support),
              "f1": share(2 * hits, predicted_count + support)}
    occurs = predicted_count + support > 0
    ece = 0.0
    edges = numpy.linspace(0, 1, 16)
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            ece += float(inside.double().mean() * (right[inside].mean() - confidence[inside].mean()).abs())
    top = [float((logits.topk(k, 1).indices == labels[:, None]).any(1).double().mean()) for k in range(1, 7)]
    double = lambda v: torch.tensor(v, dtype=torch.float64)
    return {"logits": logits, "labels": labels.to(torch.int32), "top_k": double(top),
            "confusion": double(confusion), "accuracy": double([float(right.mean())]), "ece": double([ece]),
            **{k: double(v) for k, v in scores.items()},
            "macro": double([v[occurs].mean() for v in scores.values()]),
            "loss": F.cross_entropy(logits.double(), labels).reshape(1)}, {}
