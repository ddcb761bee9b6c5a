"""What workers of Ray are told, and what they can't do."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from helpers.drive import write_drive

from apps.frame_files import FrameFiles
from apps.labelling import Labelling, check_for_ray, worker_settings
from data.sources import open_source
from projection import InputError
from squeezeseg import InferenceSettings
from squeezeseg.cluster.pool import WorkerError


def standing_in(*loads, device="cpu", **given):
    settings = InferenceSettings.given(**given)
    return SimpleNamespace(settings=settings, engine=SimpleNamespace(loads=loads, device=device))


def test_workers_run_what_auto_chose_here():
    settings = worker_settings(standing_in("openvino", "int8", model="fast", view="front"))
    assert (settings.engine, settings.precision, settings.model, settings.view) == (
        "openvino", "int8", "fast", "front",
    )  # fmt: skip


def test_a_gpu_is_no_workers(tmp_path):
    with pytest.raises(InputError, match="--engine openvino"):
        check_for_ray(open_source(write_drive(tmp_path)), standing_in("torch", "float32", device="cuda"))


@pytest.mark.usefixtures("reflectance")
def test_a_folder_that_cannot_be_written_is_no_fault_of_the_frame(tmp_path):
    source, run = open_source(write_drive(tmp_path)), tmp_path / "run"
    settings = InferenceSettings.given(model="squeezeseg")
    entry, times = Labelling(source, settings, FrameFiles(run, (".label",)))()(source.frames[0])
    assert (entry["status"], entry["points"], len(times["write"])) == ("done", 3300, 1)
    (tmp_path / "file").touch()
    with pytest.raises(WorkerError, match="cannot be written"):
        Labelling(source, settings, FrameFiles(tmp_path / "file", (".label",)))()(source.frames[0])
