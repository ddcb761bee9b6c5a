"""squeezeseg bench, its measurements within this process and as short as can be."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from apps.bench import jobs as bench_jobs
from apps.bench import worker as bench_worker
from apps.bench.plot import figure
from apps.bench.tables import warnings
from projection import InputError
from squeezeseg import InferenceSettings
from squeezeseg.engines import processor

SHORT = ("--model", "squeezeseg", "--seconds", "0", "--lanes", "2", "--engine", "torch", "--precision", "float32")
STAGES = ["project", "network", "crf", "probabilities", "objects", "back-project"]


@pytest.fixture
def jobs(reflectance, monkeypatch):
    """The jobs that were done, in this process."""
    done = []

    def do(job):
        done.append(job)
        begun = bench_jobs.time.monotonic()
        try:
            found = json.loads(json.dumps(bench_worker.work(job)))
        except InputError as error:
            return {"error": str(error)}
        return found | ({"start_up": found["labelled_at"] - begun} if "labelled_at" in found else {})

    monkeypatch.setattr(bench_jobs, "do", do)
    return done


@pytest.fixture
def result(drive, jobs, cli, tmp_path):
    """Of a whole, tiny run."""
    outcome = cli("bench", drive, *SHORT, "--rounds", "1", "--json", "--plot", tmp_path / "plot.png")
    assert outcome.status == 0, outcome.err
    return json.loads(outcome.out)


def test_everything_is_measured_and_fits_together(drive, result, jobs, tmp_path):
    assert result["format"] == "squeezeseg-bench/1"
    assert result["source"] == {
        "name": "2011_09_26_drive_0009",
        "simulated": False,
        "scans": 3,
        "points": 3300,
        "path": str(drive),
    }
    assert {"processor", "cores", "flags", "amx_usable", "load_average"} <= set(result["machine"])
    assert result["left_out"] == []
    assert [one["view"] for one in result["results"]] == ["front", "full"]
    for one in result["results"]:
        assert (one["engine"], one["precision"]) == ("torch", "float32")
        assert (one["name"], one["default"]) == ("reflectance", True)
        assert one["start_up_s"] > 0
        assert one["peak_memory_mib"] > 0
        assert one["throughput"]["lanes"] == 2
        assert one["throughput"]["fps_by_round"] == [one["throughput"]["fps"]]
        for mode in ("latency", "throughput"):
            assert list(one[mode]["stages_ms"]) == STAGES
            assert one[mode]["scans"] >= 5
            for times in (one[mode]["ms"], *one[mode]["stages_ms"].values()):
                assert 0 <= times["p50"] <= times["p95"] <= times["p99"]  # a short stage is rounded to nothing
            assert one[mode]["ms"]["p50"] > 0
            assert max(times["p50"] for times in one[mode]["stages_ms"].values()) <= one[mode]["ms"]["p50"]
    front, full = result["results"]
    for layout in ("contiguous", "channels_last"):
        plain = 1e3 / result["eager"][layout]["ms"]["p50"]
        assert front["throughput"]["times_eager"][layout] == pytest.approx(front["throughput"]["fps"] / plain, rel=0.01)
    assert full["throughput"]["times_eager"] is None
    assert result["eager"]["shape"] == [1, 5, 64, 512]
    assert result["eager"]["contiguous"]["passes"] >= 10
    assert len(result["eager"]["channels_last"]["p50_by_round"]) == 2
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


@pytest.fixture
def measured(jobs, monkeypatch):
    """Measurements that take no time: what of a run is said, and of what."""
    run = {"frames": 10, "seconds": 0.5, "times": {"project": [2.0], "network": [8.0], "total": [10.0]}, "joules": None}
    plain = {"frames": 5, "seconds": 0.5, "times": {"network": [100.0]}}
    eager = {"contiguous": plain, "channels_last": plain}
    answers = {
        "eager": {"runs": eager, "shape": [1, 5, 64, 512], "threads": 2},
        "start": {"engine": "fast", "start_up": 1.0},
        "segment": {
            "engine": "fast",
            "threads": 2,
            "latency": run,
            "throughput": run,
            "start_up": 1.0,
            "peak_memory": 2**20,
        },
    }

    def do(job):
        jobs.append(job)
        return dict(answers[job.kind])

    monkeypatch.setattr(bench_jobs, "do", do)
    return answers


def test_every_second_round_goes_backwards_between_comparisons(drive, measured, jobs, cli):
    result = json.loads(cli("bench", drive, *SHORT, "--rounds", "2", "--json").out)
    eager, front, full = ("eager", "front"), ("segment", "front"), ("segment", "full")
    assert [(job.kind, job.settings.view) for job in jobs[:-1]] == [eager, front, full, eager, full, front, eager]
    assert [one["latency"]["scans"] for one in result["results"]] == [20, 20]
    assert result["eager"]["contiguous"]["p50_by_round"] == [100, 100, 100]


def test_tables_say_what_the_numbers_include(drive, measured, cli):
    told = cli("bench", drive, *SHORT, "--rounds", "1").out
    for word in (
        "torch float32 (default)",
        " 2.0 ",
        "torch float32        p50      2.0      8.0",
        "back-projection; no files",
        "float32, forward",
    ):
        assert word in told


def test_energy_is_told_where_it_can_be_read(drive, measured, cli):
    assert "energy: not measured" in cli("bench", drive, *SHORT, "--view", "front").out
    measured["segment"]["throughput"] |= {"joules": 40.0}
    result = json.loads(cli("bench", drive, *SHORT, "--view", "front", "--json").out)
    assert result["results"][0]["throughput"]["joules_per_scan"] == 4
    told = cli("bench", drive, *SHORT, "--view", "front").out
    assert "J/scan" in told
    assert "energy: not measured" not in told


def test_a_cold_start_is_measured_where_asked_for(drive, measured, cli, monkeypatch):
    caches = []
    whole = bench_jobs.do
    monkeypatch.setattr(bench_jobs, "do", lambda job, environment=(): caches.append(dict(environment)) or whole(job))
    assert json.loads(cli("bench", drive, *SHORT, "--json").out)["cold_start_up_s"] is None
    assert not any(caches)
    assert "start-up with empty caches: 1.0 s" in cli("bench", drive, *SHORT, "--cold").out
    assert set(caches[-1]) == {"NUMBA_CACHE_DIR", "XDG_CACHE_HOME"}


def test_one_view_only(drive, measured, jobs, cli):
    cli("bench", drive, *SHORT, "--view", "full", "--rounds", "1")
    assert [job.settings.view for job in jobs if job.kind == "segment"] == ["full"]


def test_some_scans_of_a_recording_evenly_spread(drive, measured, jobs, cli):
    cli("bench", drive, *SHORT, "--frames", "2")
    assert {job.frames for job in jobs} == {("0000000000", "0000000001")}


def test_an_engine_that_cannot_is_left_out_in_every_view_and_named(drive, measured, jobs, cli, monkeypatch):
    whole = bench_jobs.do

    def do(job):
        found = whole(job)
        return (
            {"error": "no such precision"} if job.settings.precision == "float32" and job.kind == "segment" else found
        )

    monkeypatch.setattr(bench_jobs, "do", do)
    outcome = cli("bench", drive, *SHORT, "--precision", "bfloat16", "--rounds", "2")
    assert outcome.status == 0
    assert "warning: left out: torch float32: no such precision" in outcome.err
    assert "torch bfloat16" in outcome.out
    assert sum(job.settings.precision == "float32" for job in jobs) == 1


def test_no_engine_at_all_is_an_error(drive, measured, cli):
    measured["segment"] = {"error": "torch: not installed; pip install torch"}
    outcome = cli("bench", drive, *SHORT)
    assert (outcome.status, outcome.err) == (2, "error: torch: not installed; pip install torch\n")


def test_without_pytorch_there_is_no_comparison(drive, measured, cli):
    measured["eager"] = {"error": "no torch"}
    outcome = cli("bench", drive, *SHORT, "--rounds", "1", "--json")
    result = json.loads(outcome.out)
    assert result["eager"] is None
    assert result["results"][0]["throughput"]["times_eager"] is None
    assert cli("bench", drive, *SHORT, "--rounds", "1").err.count("left out: PyTorch for comparison: no torch") == 1


def test_without_a_source_a_few_scans_are_simulated(measured, jobs, cli, monkeypatch, drive):
    monkeypatch.setattr("data.simulator.simulate", lambda out, frames, progress: drive)
    told = cli("bench", *SHORT, "--rounds", "1").out
    assert "simulated (no recording was given): 3 scans" in told


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--engine", "steam"], "--engine steam: unknown; use one of openvino"),
        (["--precision", "float7"], "--precision float7: unknown; use one of bfloat16"),
        (["--engine", "onnxruntime", "--precision", "int8"], "no such engine and precision; there are: "),
        (["--plot", "plot.jpg"], "plot.jpg"),
        (["--plot", "/dev/null/plot.png"], "/dev/null/plot.png"),
        (["--model", "nothing"], "nothing: no such weights"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_measured(drive, measured, jobs, cli, arguments, named):
    outcome = cli("bench", drive, "--model", "squeezeseg", *arguments)
    assert (outcome.status, outcome.err.count("\n")) == (2, 1)
    assert named in outcome.err
    assert jobs == []


@pytest.fixture
def kept(measured, monkeypatch):
    """The environment of each measurement, on a processor with AVX-512."""
    environments = []
    whole = bench_jobs.do
    monkeypatch.setattr(
        bench_jobs, "do", lambda job, environment=(): environments.append(dict(environment)) or whole(job)
    )
    described = processor.Processor("A", frozenset({"avx2", "avx512bw"}), amx=False)
    monkeypatch.setattr("apps.bench.choice.describe", lambda: described)
    return environments


def test_openvino_alone_is_kept_to_each_instruction_set(drive, kept, measured, jobs, cli):
    measured["segment"]["instructions"] = "avx2"
    flags = ("--precision", "float32", "--view", "front", "--rounds", "1", "--isa", "avx2", "--isa", "avx512")
    result = json.loads(cli("bench", drive, *flags, "--json").out)
    assert [(job.kind, job.settings.engine, job.isa) for job in jobs[:-1]] == [
        ("segment", "openvino", "avx2"),
        ("segment", "openvino", "avx512"),
    ]
    assert kept == [{"ONEDNN_MAX_CPU_ISA": "AVX2"}, {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE_FP16"}, {}]
    assert result["eager"] is None
    assert [(one["isa"], one["instructions"], one["default"]) for one in result["results"]] == [
        ("avx2", "avx2", False),
        ("avx512", "avx2", False),
    ]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--isa", "amx"], "--isa amx: this processor (A) can't; it has avx2, avx512"),
        (["--isa", "neon"], "--isa neon: unknown; use one of avx2, avx512, amx"),
        (["--isa", "avx2", "--engine", "torch"], "--isa: torch has no switch for it; leave out --engine torch"),
    ],
)
def test_an_instruction_set_that_cannot_be_had(drive, kept, jobs, cli, arguments, named):
    outcome = cli("bench", drive, "--model", "squeezeseg", *arguments)
    assert (outcome.status, jobs) == (2, [])
    assert named in outcome.err


@pytest.mark.parametrize(
    ("ran", "wanted", "error"),
    [
        ("jit_avx512_amx_I8", "avx512", "--isa avx512: Some engine did not obey, it ran amx"),
        ("brgconv_avx2_f32", "avx512", None),
        ("ref_any", "avx2", "--isa avx2: Some engine did not obey, it ran what it does not tell"),
        ("brgconv_avx512_amx_I8", None, None),
    ],
)
def test_an_engine_that_does_not_obey_is_an_error(ran, wanted, error):
    engine = SimpleNamespace(name="Some engine", kernels=frozenset({ran, "unknown_f32"}))
    if error is None:
        assert bench_worker._instructions(engine, wanted) in ("avx2", "amx")
    else:
        with pytest.raises(InputError, match=error):
            bench_worker._instructions(engine, wanted)


@pytest.mark.parametrize(
    ("load", "medians", "said"), [(0.1, [10, 11], 0), (1.9, [10, 11], 1), (0.1, [10, 20], 1), (3.0, [10, 20], 2)]
)
def test_a_busy_machine_is_told(load, medians, said):
    result = {
        "machine": {"load_average": load, "cores": 2},
        "eager": {"contiguous": {"p50_by_round": medians}},
        "left_out": [],
    }
    assert len(warnings(result)) == said


def test_the_plot_has_a_bar_for_each_stage_and_the_lines_within_reach(drive, measured, cli):
    panels = figure(json.loads(cli("bench", drive, *SHORT, "--json").out)).axes
    assert [panel.get_title(loc="left") for panel in panels] == ["front 90 degrees", "full turn"]
    for panel in panels:
        assert [(bar.get_x(), bar.get_width()) for bar in panel.patches] == [(0, 2), (2, 8)]
        assert [line.get_xdata()[0] for line in panel.get_lines()] == [10]
        assert panel.get_xlim()[1] > 10


def start(source):
    """The job of one scan."""
    settings = InferenceSettings.given(view="front", engine="torch", precision="float32", lanes=1)
    return bench_worker.Job("start", str(source), ("0000000000",), 0.0, settings)


def test_a_job_is_done_in_a_process_of_its_own(drive, tmp_path):
    job = start(tmp_path / "nowhere")
    assert bench_jobs.do(job) == {"error": f"{tmp_path / 'nowhere'}: no such file or folder; check the path"}
    assert bench_worker.Job.read(job.as_json()) == job


def test_a_process_that_dies_is_an_error(monkeypatch):
    monkeypatch.setattr(bench_jobs, "WORKER", ["-c", "import sys; sys.exit('out of luck')"])
    assert bench_jobs.do(start("nowhere")) == {"error": "the process ended with 1: out of luck"}


def test_settings_of_the_environment_are_the_jobs(drive, measured, jobs, cli, monkeypatch):
    monkeypatch.setenv("SQUEEZESEG_VIEW", "full")
    monkeypatch.setenv("SQUEEZESEG_ENGINE", "torch")
    monkeypatch.setenv("SQUEEZESEG_CRF", "no")
    assert cli("bench", drive, "--precision", "float32", "--rounds", "1").status == 0
    segmented = [job.settings for job in jobs if job.kind == "segment"]
    assert [(one.view, one.engine, one.crf) for one in segmented] == [("full", "torch", False)]
    assert [job.settings.engine for job in jobs if job.kind == "start"] == ["auto"]
