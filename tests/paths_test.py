"""Functions that take paths name the argument that is not a path, and why."""

import os

import pytest

import tf_schedules

_SCHEDULE = tf_schedules.Constant(0.1)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda path: tf_schedules.export(_SCHEDULE, path), "base_dir"),
        (tf_schedules.load, "path"),
        (tf_schedules.SavedModelSchedule, "path"),
        (tf_schedules.LearningRateLogger, "log_dir"),
    ],
)
def test_arguments_that_are_not_paths_are_refused(
    call, name, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TypeError, match=f"{name} must be a path; got 3"):
        call(3)
    with pytest.raises(ValueError, match=f"{name} must be a path; got ''"):
        call("")
    assert os.listdir(tmp_path) == []


def test_missing_files_and_impossible_folders_are_refused(tmp_path):
    for call in (tf_schedules.load, tf_schedules.SavedModelSchedule):
        with pytest.raises(
            FileNotFoundError, match="path must be a SavedModel"
        ):
            call(tmp_path / "missing")
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="base_dir must be a directory that can"):
        tf_schedules.export(_SCHEDULE, tmp_path / "file" / "inside")
