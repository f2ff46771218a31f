#!/usr/bin/env python3
"""Packs ONNX's published backend tests into tests/golden/onnx.safetensors: those whose operators Striate imports.

    pip download onnx==1.17.0 --no-deps && unzip onnx-1.17.0-*.whl -d onnx
    python3 scripts/golden/onnx_nodes.py onnx/onnx/backend/test/data        (needs nothing but Python)

Debian's libonnx-testdata holds the same folders (older). A case is a model with inputs and outputs, kept as the bytes of
ONNX's own files: "<set>/<case>/model", ".../input_0", ".../output_0". Which operators those are is read from the tables
in cpp/striate/io/onnx_import_*.cpp, so a new operator brings its cases in. No case is left out for failing: the C++ test
lists what is refused, and why. The version and the counts are in the file's metadata.
"""

import hashlib
import itertools
import json
import pathlib
import re
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SETS = {"node": "node", "converted": "pytorch-converted", "operator": "pytorch-operator"}
# Constants and shapes alone: a network needs an operator on values.
LAYOUT_ALONE = {"Cast", "Constant", "ConstantOfShape", "Shape", "Gather", "Slice", "Squeeze", "Unsqueeze"}
# Whole networks with filled weights, whose input is 0, 1/n, 2/n, …: <name>/model and <name>/output_0.
LIGHT = ["inception_v1", "resnet50", "shufflenet", "squeezenet"]
LARGEST = 100_000  # bytes of one case


def known_operators():
    names = set()
    for path in sorted((ROOT / "cpp/striate/io").glob("onnx_import_*.cpp")):
        table = path.read_text().rpartition("constexpr OnnxOperator operators[]")[2]
        names.update(re.findall(r'\{"(\w+)", \w+\}', table))
    return names


def fields(data):
    """(number, value) of a protobuf message; value is an int or bytes."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        tag = varint()
        kind = tag & 7
        if kind == 0:
            yield tag >> 3, varint()
            continue
        size = varint() if kind == 2 else {1: 8, 5: 4}[kind]
        yield tag >> 3, data[at : at + size]
        at += size


def operators(model):
    """The operators of a ModelProto's graph; None when it is not all of the standard domain."""
    graph = next(value for number, value in fields(model) if number == 7)
    names = set()
    for number, node in fields(graph):
        if number != 1:
            continue
        parts = list(fields(node))
        if any(n == 7 and v not in (b"", b"ai.onnx") for n, v in parts):
            return None
        names.update(v.decode() for n, v in parts if n == 4)
    return names


def cases(folder, known):
    for short, name in SETS.items():
        for path in sorted((folder / name).iterdir()):
            model = (path / "model.onnx").read_bytes()
            used = operators(model)
            if not used or not used <= known or used <= LAYOUT_ALONE:
                continue
            data = path / "test_data_set_0"
            files = {"model": model}
            for file in sorted(data.glob("*.pb")):
                files[file.stem] = file.read_bytes()
            yield f"{short}/{path.name.removeprefix('test_')}", files


def networks(folder):
    for name in LIGHT:
        path = folder / "light" / f"light_{name}"
        yield f"light/{name}", {"model": path.with_suffix(".onnx").read_bytes(), "output_0": path.with_name(path.name + "_output_0.pb").read_bytes()}


def main():
    folder = pathlib.Path(sys.argv[1])
    version = re.search(r"onnx-([\d.]+)\.dist-info", " ".join(p.name for p in folder.parents[3].glob("*.dist-info")) + " onnx-unknown.dist-info")
    known = known_operators()
    header, chunks, offset, count, large = {}, [], 0, 0, []
    for name, files in itertools.chain(cases(folder, known), networks(folder)):
        if sum(map(len, files.values())) > LARGEST and not name.startswith("light/"):
            large.append(name)
            continue
        count += 1
        for key, data in files.items():
            header[f"{name}/{key}"] = {"dtype": "U8", "shape": [len(data)], "data_offsets": [offset, offset + len(data)]}
            chunks.append(data)
            offset += len(data)
    about = {"source": "onnx (PyPI) onnx/backend/test/data", "onnx": version.group(1) if version else "unknown", "cases": str(count),
             "larger": json.dumps(large), "sha256": hashlib.sha256(b"".join(chunks)).hexdigest()}
    text = json.dumps({"__metadata__": about, **header}, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path = ROOT / "tests/golden/onnx.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(chunks))
    print(f"{count} cases, {path.stat().st_size} bytes, onnx {about['onnx']}; left out as larger than {LARGEST} bytes: {large}")


if __name__ == "__main__":
    main()
