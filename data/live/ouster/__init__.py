"""Ouster's sensors: packets and metadata to scans."""

from data.live.ouster.metadata import Metadata, metadata_beside, read_metadata
from data.live.ouster.source import OusterSource

__all__ = ["Metadata", "OusterSource", "metadata_beside", "read_metadata"]
