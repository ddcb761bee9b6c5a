"""A valid example of every format that is read, and what becomes of files on the way: cut, flipped, spliced."""

from __future__ import annotations

import gzip
import io
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import dpkt
import h5py
import numpy as np
import yaml
from rosbags.rosbag1 import Writer as Writer1
from rosbags.rosbag2 import CompressionMode, StoragePlugin
from safetensors.numpy import save

from apps.run_folder import read_run
from apps.run_record import FORMAT, read_boxes
from apps.viewer.messages import parse
from crf import CRFSettings
from data.formats import read_points
from data.formats.label import read_labels
from data.kitti.calibration import object_calibration, raw_camera
from data.kitti.camera import png_size
from data.kitti.object_labels import read_object_labels
from data.kitti.oxts import read_poses
from data.kitti.tracklets import Tracklet, read_tracklets, write_tracklets
from data.live import open_live
from data.live.captures import read_capture
from data.live.velodyne.devices import DEVICES
from data.live.velodyne.laser_calibration import decoder_setup
from data.scan import Scan
from data.sensor_file import load_sensor
from data.settings_file import read_settings
from data.sinks import write_scan
from data.sources.files import read_stamps
from data.sources.kitti_raw import parse_stamp
from data.sources.selection import read_split
from data.sources.squeezeseg_npy import SqueezeSegNpy
from helpers import operations
from helpers.bags import mcap, ros1, ros2
from helpers.models import card, fresh_network
from helpers.results import segmentation
from helpers.velodyne import packets
from squeezeseg import Model
from squeezeseg.graphs.metadata import GraphFacts
from squeezeseg.training.checkpoint import load_checkpoint
from squeezeseg.training.imagenet import start_from_imagenet
from squeezeseg.weights import load_weights
from squeezeseg.weights.container import write_container
from squeezeseg.weights.stored_tensor import Floats

N = 12
SCAN = Scan(np.linspace(-9, 9, N * 4, dtype=np.float32).reshape(N, 4) % 7, ring=np.arange(N, dtype=np.uint8))
TOKENS = (
    b"\0", b"\xff" * 4, b"\xff" * 8, b"\x7f\xff\xff\xff", b"\x80", b"-1", b"nan", b"inf", b"1e309", b"9" * 25, b"[[[[",
    b"{", b"}", b'"', b"'", b"&a;", b"*a", b"<<:", b"\n", b"\r\n", b" ", b"\x1b[31m", b"%", b"\\", b"null", b"..",
)  # fmt: skip


@dataclass(frozen=True)
class Format:
    """A format. name: of the file. make: writes an example of that name. read: all that a command would."""

    name: str
    make: Callable[[Path], None]
    read: Callable[[Path], object]


def damaged(whole: bytes, other: bytes, draw: random.Random) -> bytes:
    """A file's bytes with one to three faults. other: bytes of another example, to splice in."""
    data = bytearray(whole)
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        place = draw.randrange(len(data) + 1)
        size = min(draw.choice((1, 4, 8, 64, 512)), len(data))
        match draw.randrange(7):
            case 0:
                del data[place:]
            case 1:
                for _ in range(draw.choice((1, 1, 8))):
                    if data:
                        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
            case 2:
                data[place : place + size] = draw.randbytes(size)
            case 3:
                token = draw.choice(TOKENS)
                data[place : place + len(token) * draw.randrange(2)] = token
            case 4:
                del data[place : place + size]
            case 5:
                source = draw.randrange(len(data) + 1)
                data[place:place] = data[source : source + size] * draw.choice((1, 1, 50))
            case _:
                source = draw.randrange(len(other) + 1)
                data[place : place + size] = other[source : source + size]
    return bytes(data)


def _write(content: bytes | str) -> Callable[[Path], None]:
    data = content if isinstance(content, bytes) else content.encode()
    return lambda path: _write_bytes(path, data)


def _write_bytes(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _sink(path: Path) -> None:
    write_scan(path, SCAN, segmentation(np.zeros(N, np.uint8), np.zeros(N, np.float32)))


def _numpy(array: np.ndarray) -> Callable[[Path], None]:
    return lambda path: np.save(path, array)


def _structured() -> np.ndarray:
    table = np.zeros(N, [(name, "<f4") for name in ("x", "y", "z", "intensity")] + [("ring", "<u2")])
    for axis, name in enumerate(("x", "y", "z", "intensity")):
        table[name] = SCAN.points[:, axis]
    return table


def _nuscenes() -> bytes:
    """A turn of five numbers a point, which lie near one another as those of scans do."""
    turn = np.linspace(0, 6, 100)
    numbers = [9 * np.cos(turn), 9 * np.sin(turn), turn / 9, np.ones(100), np.arange(100) % 32]
    return np.stack(numbers, axis=1).astype("<f4").tobytes()


def _ply(path: Path) -> None:
    head = f"ply\nformat ascii 1.0\nelement vertex {N}\n" + "".join(f"property float {k}\n" for k in "xyzi")
    path.write_text(head + "end_header\n" + _rows())


def _pcd(encoding: str, body: Callable[[], bytes]) -> Callable[[Path], None]:
    head = f"VERSION .7\nFIELDS x y z i\nSIZE 4 4 4 4\nTYPE F F F F\nCOUNT 1 1 1 1\nWIDTH {N}\nHEIGHT 1\nPOINTS {N}\n"
    return lambda path: _write_bytes(path, f"{head}DATA {encoding}\n".encode() + body())


def _rows() -> str:
    return "".join(" ".join(f"{number:.3f}" for number in row) + "\n" for row in SCAN.points)


def _lzf() -> bytes:
    raw = SCAN.points.T.tobytes()
    packed = b"".join(bytes([len(part) - 1]) + part for k in range(0, len(raw), 32) if (part := raw[k : k + 32]))
    return np.array([len(packed), len(raw)], "<u4").tobytes() + packed


def _capture(writer: Callable[..., object]) -> bytes:
    file = io.BytesIO()
    out = writer(file)
    for packet in packets("vlp16", turns=0.1):
        udp = dpkt.udp.UDP(sport=2368, dport=2368, data=packet.payload, ulen=8 + len(packet.payload))
        ip = dpkt.ip.IP(src=b"\1" * 4, dst=b"\2" * 4, p=17, data=udp)
        ip.len = len(ip)
        out.writepkt(bytes(dpkt.ethernet.Ethernet(data=ip)), ts=packet.stamp)
    return file.getvalue()


def _play(path: Path) -> int:
    return sum(len(scan) for scan in open_live(str(path), rate="max").scans())


def _moved(make: Callable[[Path], Path]) -> Callable[[Path], None]:
    """Writes a bag that its library wants to make in a folder of its own."""

    def write(path: Path) -> None:
        folder = path.with_name(path.name + ".made")
        folder.mkdir()
        _write_bytes(path, make(folder).read_bytes())

    return write


def _metadata(path: Path) -> None:
    _write_bytes(path, (ros2(path.parent, StoragePlugin.SQLITE3, count=N) / path.name).read_bytes())


def _read_metadata(path: Path) -> int:
    folder = path.parent / "a"
    (folder / path.name).write_bytes(path.read_bytes())
    return _play(folder)


def _db3(folder: Path) -> Path:
    return next(ros2(folder, StoragePlugin.SQLITE3, count=N).glob("*.db3"))


def _weights(path: Path) -> None:
    tensors = {"network.a": np.ones((4, 3), np.float16), "crf.angular": np.eye(4, dtype=np.float16)}
    fields = json.dumps(card(crf=CRFSettings(), scores={"a": {"iou": 0.5}}).as_dict())
    path.write_bytes(save(tensors, {"format": "squeezeseg-model/2", "card": fields}))


def _container(path: Path) -> None:
    listed = operations.container()
    tensors = {**listed.tensors, "crf.angular": Floats(np.eye(4, dtype=np.float32))}
    write_container(path, replace(listed, card=card(crf=CRFSettings()), tensors=tensors))


def _old_weights(path: Path) -> None:
    fields = {"model": "fast", "classes": list(card().classes), "sensor": "hdl64", "crf": None, "temperature": 1.5}
    fields |= {"normalisation": {"mean": [1] * 5, "std": [1] * 5}, "command": "train", "scores": {}}
    tensors = {"network.stem.conv.weight": np.ones(3, np.float16)}
    path.write_bytes(save(tensors, {"format": "squeezeseg-model/1", "card": json.dumps(fields)}))


def _graph(path: Path) -> None:
    model = Model(card(crf=CRFSettings()), {"crf.angular": np.eye(4, dtype=np.float32)})
    path.write_text(GraphFacts(model, "int8", 16).to_text())


def _checkpoint(path: Path) -> None:
    path.write_bytes(save({"network.a": np.ones(5, np.float32)}, {"step": "3", "settings": '{"seed": 0}', "data": "x"}))


def _keras(path: Path) -> None:
    with h5py.File(path, "w") as file:
        for number in range(2, 10):
            file[f"fire{number}/squeeze1x1/kernel:0"] = np.ones((1, 1, 8, 4), np.float32)


def _read_keras(path: Path) -> None:
    start_from_imagenet(_network(), path)


def _network(known: list[object] = []) -> object:  # noqa: B006 - made once
    if not known:
        known.append(fresh_network("squeezeseg"))
    return known[0]


def _read_graph(path: Path) -> object:
    try:
        return GraphFacts.from_text(path.read_bytes().decode(errors="replace"))
    except ValueError as error:  # which `read_graph` puts the file's name before
        return str(error)


def _read_raw(path: Path) -> object:
    (path.parent / "calib_velo_to_cam.txt").write_bytes(path.read_bytes())
    return raw_camera(path.parent)


def _read_range_image(path: Path) -> object:
    source = SqueezeSegNpy(path, [path])
    return len(source.scan(source.frames[0]))


RUN = {
    "format": FORMAT,
    "settings": {"engine": "torch", "sensor": {"height": 1.7}},
    "frames": [{"name": "a", "number": 1, "status": "done", "points": 9, "classes": {"car": 9}, "objects": {"car": 1}}],
}
BOX = {"kind": "Car", "centre": [1.0, 2.0, 3.0], "size": [4.0, 2.0, 1.5], "yaw": 0.5}
CALIBRATION = (
    "calib_time: 09-Jan-2012 13:57:47\nP2: 7 0 6 4 0 7 1 2 0 0 1 0\nP_rect_02: 7 0 6 4 0 7 1 2 0 0 1 0\n"
    "R0_rect: 1 0 0 0 1 0 0 0 1\nR_rect_00: 1 0 0 0 1 0 0 0 1\nS_rect_02: 1242 375\nR: 0 -1 0 0 0 -1 1 0 0\n"
    "T: 0 -0.08 -0.27\nTr_velo_to_cam: 0 -1 0 0 0 0 -1 -0.08 1 0 0 -0.27\n"
)
LASERS = {
    "num_lasers": 16,
    "distance_resolution": 0.002,
    "lasers": [
        {
            "laser_id": k,
            "rot_correction": 0.0,
            "vert_correction": 0.02 * k - 0.1,
            "dist_correction": 0.0,
            "vert_offset_correction": 0.0,
        }
        for k in range(16)
    ],
}

FORMATS: Mapping[str, Format] = {
    ".bin": Format("a.bin", _write(SCAN.points.tobytes()), read_points),
    ".bin of nuScenes": Format("a.bin", _write(_nuscenes()), read_points),
    ".label": Format("a.label", _sink, lambda path: read_labels(path, N)),
    ".npy": Format("a.npy", _numpy(SCAN.points), read_points),
    ".npy of fields": Format("a.npy", _numpy(_structured()), read_points),
    ".npy of a range image": Format("a.npy", _numpy(np.zeros((64, 512, 6), "f2")), _read_range_image),
    ".npz": Format("a.npz", _sink, read_points),
    ".ply": Format("a.ply", _sink, read_points),
    ".ply of text": Format("a.ply", _ply, read_points),
    ".pcd": Format("a.pcd", _sink, read_points),
    ".pcd of text": Format("a.pcd", _pcd("ascii", lambda: _rows().encode()), read_points),
    ".pcd compressed": Format("a.pcd", _pcd("binary_compressed", _lzf), read_points),
    ".txt": Format("a.txt", _write(_rows()), read_points),
    "tracklets": Format(
        "a.xml", lambda path: write_tracklets(path, [Tracklet("Car", (4, 2, 1.5), 3, np.ones((2, 4)))]), read_tracklets
    ),
    "object calibration": Format("a.txt", _write(CALIBRATION), object_calibration),
    "raw calibration": Format("calib_cam_to_cam.txt", _write(CALIBRATION), _read_raw),
    "object labels": Format(
        "a.txt", _write("Car 0 0 -1.5 600 150 630 190 1.5 1.6 3.9 .5 1.6 20 -1\n"), read_object_labels
    ),
    "OXTS": Format("a.txt", _write(" ".join(["49.0", "8.4", *["0.1"] * 28])), lambda path: read_poses([path, path])),
    "timestamps": Format("a.txt", _write("2011-09-26 13:02:25.95\n" * 3), lambda path: read_stamps(path, parse_stamp)),
    "list of frames": Format("a.txt", _write("0000000001\nscan 2.bin\n"), read_split),
    "sensor": Format("a.yaml", _write("beams: {count: 4, top: 2, bottom: -2}\nview: [45, -45]\n"), load_sensor),
    "settings": Format("a.yaml", _write("model: fast\naugmentation: {people: 0}\n"), read_settings),
    "laser calibration": Format(
        "a.yaml", _write(yaml.safe_dump(LASERS)), lambda path: decoder_setup(DEVICES["vlp16"], path)
    ),
    "image size": Format("a.png", _write(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\4\xda\0\0\1\x77"), png_size),
    "pcap": Format("a.pcap", _write(_capture(dpkt.pcap.Writer)), lambda path: len(list(read_capture(path)))),
    "pcapng": Format("a.pcapng", _write(_capture(dpkt.pcapng.Writer)), lambda path: len(list(read_capture(path)))),
    "pcap.gz": Format(
        "a.pcap.gz",
        _write(gzip.compress(_capture(dpkt.pcap.Writer), mtime=0)),
        lambda path: len(list(read_capture(path))),
    ),
    "packets": Format("a.pcap", _write(_capture(dpkt.pcap.Writer)), _play),
    "bag": Format("a.bag", _moved(lambda folder: ros1(folder, count=N)), _play),
    "bag, lz4": Format("a.bag", _moved(lambda folder: ros1(folder, Writer1.CompressionFormat.LZ4, N)), _play),
    "bag, bz2": Format("a.bag", _moved(lambda folder: ros1(folder, Writer1.CompressionFormat.BZ2, N)), _play),
    "db3": Format("a.db3", _moved(_db3), _play),
    "MCAP": Format("a.mcap", _moved(lambda folder: mcap(folder, count=N)), _play),
    "MCAP, zstd": Format("a.mcap", _moved(lambda folder: mcap(folder, CompressionMode.STORAGE, N)), _play),
    "bag's metadata": Format("metadata.yaml", _metadata, _read_metadata),
    "weights": Format("a.safetensors", _weights, load_weights),
    "container of weights": Format("a.sqz", _container, load_weights),
    "weights of format 1": Format("a.safetensors", _old_weights, load_weights),
    "graph's metadata": Format("a.json", _graph, _read_graph),
    "checkpoint": Format("a.safetensors", _checkpoint, lambda path: load_checkpoint(path, '{"seed": 0}', "x")),
    "Keras weights": Format("a.h5", _keras, _read_keras),
    "run.json": Format("run.json", _write(json.dumps(RUN, indent=1)), lambda path: read_run(path.parent)),
    "boxes": Format("a.jsonl", _write(json.dumps(BOX) + "\n" + json.dumps(BOX) + "\n"), read_boxes),
    "page's message": Format(
        "a.json", _write('{"kind": "show", "frame": 3}'), lambda path: parse(path.read_bytes().decode(errors="replace"))
    ),
}
