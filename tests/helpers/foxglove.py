"""Foxglove's messages read back, by the schema that comes with them."""

from __future__ import annotations

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

NUMERIC = {1: "<u1", 2: "<i1", 3: "<u2", 4: "<i2", 5: "<u4", 6: "<i4", 7: "<f4", 8: "<f8"}


def decode(schema: bytes, name: str, payload: bytes):
    """A protobuf message of the type `name` that a FileDescriptorSet describes."""
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(schema).file:
        pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(name)).FromString(payload)


def table(cloud) -> np.ndarray:
    """(N,) structured: a PointCloud's points, as its own fields say that they lie."""
    names, formats, offsets = zip(
        *((field.name, NUMERIC[field.type], field.offset) for field in cloud.fields), strict=True
    )
    dtype = np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": cloud.point_stride})
    return np.frombuffer(cloud.data, dtype)
