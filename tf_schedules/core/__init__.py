"""The base class of every schedule, and the machinery of its arguments.

Rules for arguments, configs, tracing, learnable hyperparameters and the choice
of Keras live here. No schedule does.
"""
