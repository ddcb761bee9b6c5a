"""The run's folder: its log, and who may write to it."""

from __future__ import annotations

import json

import pytest
from helpers.drive import files, write_drive
from helpers.engine import segmenter

from apps.run_folder import RunFolder, read_run
from apps.run_log import FILE, LONGEST_LINE, RunLog, read_log
from data.sources import open_source
from projection import InputError

SETTINGS = {"weights": "a"}


@pytest.fixture
def source(tmp_path):
    return open_source(write_drive(tmp_path))


def write(run, source, count):
    own = segmenter()
    for frame in source.frames[:count]:
        scan = source.scan(frame)
        run.write(frame, scan, own(scan), ())


def test_a_killed_runs_log_is_read_with_run_json_and_taken_up_by_it(tmp_path, source):
    run = RunFolder(tmp_path / "run", SETTINGS, [".label"], resume=False)
    write(run, source, 2)
    run.record_failure(source.frames[2], "cut short")
    run.close()  # as the system does for a process that is killed
    assert json.loads((run.path / "run.json").read_text())["frames"] == []
    (run.path / FILE).open("a").write('{"name": "0000000009", "sta')  # the line that it was at
    killed = read_run(run.path)
    assert killed["status"] == "unfinished"
    assert [(entry["name"], entry["status"]) for entry in killed["frames"]] == [
        ("0000000000", "done"), ("0000000001", "done"), ("0000000002", "failed"),
    ]  # fmt: skip
    with RunFolder(tmp_path / "run", SETTINGS, [".label"], resume=True) as resumed:
        assert [resumed.done(frame) for frame in source.frames] == [True, True, False]
        resumed.save()
    assert not (run.path / FILE).exists()
    assert json.loads((run.path / "run.json").read_text())["frames"] == killed["frames"]


def test_noting_a_frame_costs_the_same_however_many_there_are(tmp_path, source):
    sizes = []
    with RunFolder(tmp_path / "run", SETTINGS, [".label"], resume=False) as run:
        for _ in range(3):
            before = (run.path / FILE).stat().st_size if sizes else 0
            run.record_failure(source.frames[0], "cut short")
            sizes.append((run.path / FILE).stat().st_size - before)
    assert len(set(sizes)) == 1


@pytest.mark.parametrize(
    "content", ["", "\n\n", "[]\n", '{"name": "a"}\n', "\udc00".encode("utf-8", "surrogatepass"), "[" * 10**6]
)
def test_a_damaged_log_has_no_entries(tmp_path, content):
    (tmp_path / FILE).write_bytes(content if isinstance(content, bytes) else content.encode())
    assert read_log(tmp_path) == []


def test_a_line_without_end_is_no_entry(tmp_path):
    (tmp_path / FILE).write_text("x" * 3 * LONGEST_LINE + "\n")
    log = RunLog(tmp_path)
    log.append("a", {"status": "failed"})
    assert read_log(tmp_path) == [{"name": "a", "status": "failed"}]


@pytest.mark.parametrize("resume", [False, True])
def test_a_run_at_work_keeps_others_out(tmp_path, source, resume):
    with RunFolder(tmp_path / "run", SETTINGS, [".label"], resume=False) as run:
        late = RunFolder(tmp_path / "run", SETTINGS, [".label"], resume=resume)  # both began before the first frame
        write(run, source, 1)
        with pytest.raises(InputError, match="is writing to it"):
            write(late, source, 1)
        with pytest.raises(InputError, match="another squeezeseg" if resume else "not empty"):
            RunFolder(tmp_path / "run", SETTINGS, [".label"], resume=resume)
    with pytest.raises(InputError, match="another run was written here meanwhile"):
        write(late, source, 1)
    late.close()


def test_a_folder_that_is_no_run_is_left_as_it_is(tmp_path):
    (tmp_path / "mine.txt").write_text("")
    for resume in (False, True):
        with pytest.raises(InputError):
            RunFolder(tmp_path, SETTINGS, [".label"], resume=resume)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_run_that_was_killed_before_its_run_json_can_be_begun_again(tmp_path, source):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / ".lock").write_text("1\n")
    (folder / f".{'0a' * 8}.tmp").write_text("{")
    for resume in (True, False):
        with RunFolder(folder, SETTINGS, [".label"], resume=resume):
            pass
    (folder / ".mine.tmp").write_text("")
    with pytest.raises(InputError, match="not empty"):
        RunFolder(folder, SETTINGS, [".label"], resume=False)


@pytest.mark.parametrize("name", ["../../out", "/etc/out", "..", "a/../../out"])
def test_names_in_run_json_lead_nowhere(tmp_path, source, name):
    with RunFolder(tmp_path / "deep" / "run", SETTINGS, [".label"], resume=False) as run:
        write(run, source, 1)
        run.save()
    record = json.loads((run.path / "run.json").read_text())
    record["frames"] += [{**record["frames"][0], "name": name}]
    (run.path / "run.json").write_text(json.dumps(record))
    before = set(tmp_path.rglob("*"))
    with RunFolder(run.path, SETTINGS, [".label"], resume=True) as resumed:
        write(resumed, source, 3)
        resumed.save()
    new = set(tmp_path.rglob("*")) - before
    assert {path.parent for path in new} == {run.path / "labels"}


def test_what_another_machine_wrote_must_be_here(tmp_path, source):
    own, frame = segmenter(), source.frames[0]
    scan = source.scan(frame)
    with RunFolder(tmp_path / "run", SETTINGS, [".label"], resume=False) as run:
        run.begin()
        entry = run.files.write(frame, scan, own(scan), ())
        run.record(frame, entry)
        assert run.done(frame)
        run.file(frame, ".label").unlink()
        with pytest.raises(InputError, match="0000000000 isn't there; give an --out that all machines share"):
            run.record(frame, entry)


def test_what_was_left_half_written_is_removed_in_the_end(tmp_path, source):
    with RunFolder(tmp_path / "run", SETTINGS, [".label", ".ply"], resume=False) as run:
        write(run, source, 1)
        kept = files(run.path)
        for folder in ("labels", "clouds"):
            (run.path / folder / ".0123456789abcdef.tmp").touch()
        run.tidy()
        assert files(run.path) == kept
