"""A version appears whole or not at all, and its bytes are always the same."""

import os
import random
import signal
import time

import pytest
import tensorflow as tf
from processes import PROGRAMS, start

import tf_schedules

_ROWS = ["sgdr", "palm"]
_KILLS = 6


def _versions(base):
    return sorted(int(p.name) for p in base.iterdir() if p.name.isdecimal())


@pytest.mark.slow
def test_a_kill_leaves_no_broken_version(tmp_path):
    """Kills at random, or as soon as an unfinished version has files."""

    def unfinished():
        return {path.parent for path in tmp_path.glob(".unfinished-*/*")}

    source = random.Random(1)
    for kill in range(_KILLS):
        before = unfinished()
        exporter = start(PROGRAMS / "export_for_ever.py", tmp_path)
        try:
            assert exporter.stdout.readline() == "ready\n"
            if kill % 2 == 0:
                time.sleep(source.uniform(0.0, 0.5))
            end = time.monotonic() + 60
            while kill % 2 and not unfinished() - before:
                assert time.monotonic() < end
        finally:
            exporter.send_signal(signal.SIGKILL)
            exporter.communicate(timeout=60)
    assert unfinished(), "no kill interrupted an export"
    versions = _versions(tmp_path)
    assert versions == [*range(1, len(versions) + 1)]
    schedule = tf_schedules.CosineDecayRestarts(0.05, 313, 1.5, 0.9, 0.1)
    # The leftovers of a kill do not disturb the next export.
    path = tf_schedules.export(schedule, tmp_path)
    assert path.name == str(len(versions) + 1)
    step = tf.constant([5000])
    for version in _versions(tmp_path):
        restored = tf.saved_model.load(str(tmp_path / str(version)))
        assert restored(step) == schedule(step)
        assert tf_schedules.load(tmp_path / str(version)).t_mul == 1.5


@pytest.mark.slow
def test_concurrent_exports_have_the_same_bytes(tmp_path):
    program = PROGRAMS / "export_once.py"
    exporters = [start(program, tmp_path, *_ROWS) for _ in range(2)]
    try:
        for exporter in exporters:
            assert exporter.stdout.readline() == "ready\n"
        for exporter in exporters:
            exporter.stdin.write("go\n")
            exporter.stdin.flush()
        for exporter in exporters:
            exporter.communicate(timeout=120)
            assert exporter.returncode == 0
    finally:
        for exporter in exporters:
            exporter.kill()
    for row in _ROWS:
        for precision in ("float64", "float32"):
            base = tmp_path / f"{row}-{precision}"
            assert _versions(base) == [1, 2]
            assert sorted(os.listdir(base)) == ["1", "2"]
            first, second = _files(base / "1"), _files(base / "2")
            assert first == second
            assert "saved_model.pb" in first


def _files(path):
    """The bytes of every file except the fingerprint, which has a number."""
    return {
        str(p.relative_to(path)): p.read_bytes()
        for p in path.rglob("*")
        if p.is_file() and p.name != "fingerprint.pb"
    }
