"""Schedules that are looked at: in figures, notebooks and TensorBoard.

Which steps to look at is decided here once, in `curve`; what only a terminal
needs belongs to the driver.
"""
