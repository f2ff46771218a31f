#!/usr/bin/env python3
"""Makes tests/golden: what PyTorch computes for the cases that the C++ tests repeat.

    python3 scripts/golden/make.py            (needs torch, torchvision, safetensors)

The files are kept in the repository, so nobody needs PyTorch to run the tests. VERSIONS.json records what made them.
"""

import json
import pathlib
import platform

import safetensors.torch
import torch
import torchvision

import fit_cases
import layer_cases
import network_cases
import safetensors_writer
import training_cases

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden"


def main():
    torch.set_num_threads(1)
    FOLDER.mkdir(parents=True, exist_ok=True)
    files = {
        "layers": layer_cases.make,
        "lenet": training_cases.lenet,
        "optimizers": training_cases.optimizers,
        "schedules": training_cases.schedules,
        "networks": network_cases.networks,
        "fit": fit_cases.fit,
        "rates": fit_cases.rates,
        "losses": fit_cases.losses,
        "measures": fit_cases.measures,
    }
    sizes = {}
    # As other people's files come: written by the safetensors library, not by ours.
    state, metadata = network_cases.state_dict()
    safetensors.torch.save_file(state, FOLDER / "resnet8_state_dict.safetensors", metadata)
    for name, make in files.items():
        tensors, metadata = make()
        path = FOLDER / f"{name}.safetensors"
        safetensors_writer.write(path, tensors, metadata)
        sizes[path.name] = len(tensors)
    versions = {"torch": torch.__version__, "torchvision": torchvision.__version__,
                "safetensors": safetensors.__version__, "python": platform.python_version(), "arch": platform.machine(),
                "precision": "float64 on float32 inputs", "tensors": sizes}
    (FOLDER / "VERSIONS.json").write_text(json.dumps(versions, indent=2) + "\n")


if __name__ == "__main__":
    main()
