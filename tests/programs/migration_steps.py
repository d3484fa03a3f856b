"""The steps at which the rates of other libraries are recorded."""

STEPS = [0, 1, 2, 5, 9, 10, 11, 19, 20, 21, 29, 30, 31, 49, 50, 51, 99, 100]
