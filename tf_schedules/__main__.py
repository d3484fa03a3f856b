"""Runs the driver: `python -m tf_schedules`."""

from tf_schedules import cli

cli.run()
