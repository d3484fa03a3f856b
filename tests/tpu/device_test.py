"""The rows and a training step run on a TPU, if there is one.

They run in a new process, because the compiler's settings would hide a TPU.
"""

import os
import pathlib
import subprocess
import sys

_FOLDER = pathlib.Path(__file__).parent
_CHIPS = ("/dev/accel0", "/dev/vfio/0")


def test_rows_and_steps_run_on_the_available_devices(environment_before):
    paths = map(str, (_FOLDER.parents[1], *sys.path))
    environment = environment_before | {"PYTHONPATH": os.pathsep.join(paths)}
    if not any(pathlib.Path(chip).exists() for chip in _CHIPS):
        environment["TPU_SKIP_MDS_QUERY"] = "1"  # there is no cloud to ask
    result = subprocess.run(
        [sys.executable, str(_FOLDER / "on_device.py")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    assert result.stdout.split()[1:3] == ["replicas", "on"]
