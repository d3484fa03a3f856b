"""Sets the environment of the compiler before anything is imported."""

import os

import pytest

_BEFORE = dict(os.environ)
# Do not wait for cloud services, and do not look for a chip.
os.environ |= {
    "ALLOW_MULTIPLE_LIBTPU_LOAD": "1",
    "JAX_PLATFORMS": "cpu",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TPU_ACCELERATOR_TYPE": "v5litepod-4",
    "TPU_LOG_DIR": "disabled",
    "TPU_SKIP_MDS_QUERY": "1",
    "TPU_WORKER_HOSTNAMES": "localhost",
    "TPU_WORKER_ID": "0",
}


@pytest.fixture
def environment_before() -> dict[str, str]:
    """The environment without these settings, which can find a TPU."""
    return _BEFORE
