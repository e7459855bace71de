"""As much of Protocol Buffers as an ONNX file needs."""

import struct


def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def integer(field, value):
    return varint(field << 3) + varint(value)


def real(field, value):
    return varint(field << 3 | 5) + struct.pack("<f", value)


def length(field, size):
    """What stands before `size` bytes of a field."""
    return varint(field << 3 | 2) + varint(size)


def message(field, content):
    data = content.encode() if isinstance(content, str) else content
    return length(field, len(data)) + data
