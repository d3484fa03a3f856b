"""Runs a program as the tasks of a cluster on this machine.

If permitted, the tasks get their own network, because TensorFlow's servers
listen on every interface. All tasks end by the deadline.
"""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

import processes

_GRACE = 20  # seconds left to the other tasks after one fails
_FOLDER = "TASKS_FOLDER"  # the variable with the folder that tasks share
_OWN_NETWORK = ["unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$@"']


def run(program, jobs: dict[str, int], *arguments, deadline=120, **environment):
    """The output and exit code of each task, by a name such as worker0.

    Args:
      program: the path of a Python program; TF_CONFIG tells it its task.
      jobs: the number of tasks of each job.
      *arguments: strings for the program.
      deadline: seconds.
      **environment: additional environment variables.
    """
    with tempfile.TemporaryDirectory() as folder:
        request = pathlib.Path(folder) / "request"
        request.write_text(
            json.dumps([str(program), jobs, arguments, deadline, folder])
        )
        command = [sys.executable, __file__, str(request)]
        if _is_permitted():
            command = [*_OWN_NETWORK, "sh", *command]
        supervised = processes.run(
            *command, timeout=deadline + 2 * _GRACE, **environment
        )
        assert supervised.returncode == 0, supervised.stderr[-3000:]
        return {
            name: (
                code,
                (pathlib.Path(folder) / f"{name}.out").read_text(),
                (pathlib.Path(folder) / f"{name}.err").read_text(),
            )
            for name, code in json.loads(request.read_text()).items()
        }


def leave(code: int):
    """Ends a task, without its threads, once all tasks have come this far.

    A task that ends earlier takes away what others still receive from it.
    """
    config = json.loads(os.environ["TF_CONFIG"])
    folder = pathlib.Path(os.environ[_FOLDER])
    task = config["task"]
    (folder / f"{task['type']}{task['index']}.done").touch()
    count = sum(map(len, config["cluster"].values()))
    end = time.monotonic() + _GRACE / 2
    while len([*folder.glob("*.done")]) < count and time.monotonic() < end:
        time.sleep(0.02)
    os._exit(code)


def _is_permitted() -> bool:
    try:
        return processes.run(*_OWN_NETWORK, "sh", "true").returncode == 0
    except OSError:
        return False


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _start(program, jobs, arguments, folder) -> dict[str, subprocess.Popen]:
    ports = iter(_free_ports(sum(jobs.values())))
    cluster = {
        job: [f"127.0.0.1:{next(ports)}" for _ in range(count)]
        for job, count in jobs.items()
    }
    tasks = {}
    for job, count in jobs.items():
        for index in range(count):
            task = {"type": job, "index": index}
            config = json.dumps({"cluster": cluster, "task": task})
            name = f"{job}{index}"
            with (
                open(os.path.join(folder, f"{name}.out"), "w") as out,
                open(os.path.join(folder, f"{name}.err"), "w") as err,
            ):
                tasks[name] = subprocess.Popen(
                    [sys.executable, program, *arguments],
                    env=os.environ | {"TF_CONFIG": config, _FOLDER: folder},
                    stdout=out,
                    stderr=err,
                )
    return tasks


def _supervise(request: pathlib.Path):
    program, jobs, arguments, deadline, folder = json.loads(request.read_text())
    tasks = _start(program, jobs, arguments, folder)
    end = time.monotonic() + deadline
    # If there is a chief, the other tasks serve it forever.
    chief = [task for name, task in tasks.items() if name == "chief0"]
    waited = chief or list(tasks.values())
    try:
        while time.monotonic() < end:
            codes = [task.poll() for task in waited]
            if None not in codes:
                break
            if any(codes):
                end = min(end, time.monotonic() + _GRACE)
            time.sleep(0.1)
    finally:  # interrupted or not
        for task in tasks.values():
            if task.poll() is None:
                task.send_signal(signal.SIGKILL)
    codes = {name: task.wait() for name, task in tasks.items()}
    request.write_text(json.dumps(codes))


if __name__ == "__main__":
    _supervise(pathlib.Path(sys.argv[1]))
