"""Writes .safetensors files with the standard library alone.

Format: u64 header size (little-endian), a JSON header {name: {dtype, shape, data_offsets}}, the bytes of the tensors.
"""

import json
import struct

DTYPES = {"torch.float32": "F32", "torch.float64": "F64", "torch.uint8": "U8", "torch.int32": "I32"}


def write(path, tensors, metadata):
    """tensors: {name: torch tensor}; metadata: {text: text}. The same input gives the same bytes."""
    header, chunks, offset = {"__metadata__": metadata}, [], 0
    for name, tensor in tensors.items():
        data = tensor.detach().contiguous().numpy().tobytes()
        header[name] = {
            "dtype": DTYPES[str(tensor.dtype)],
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + len(data)],
        }
        chunks.append(data)
        offset += len(data)
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(chunks))
