"""What every schedule is made of: its base class and its arguments.

Rules for arguments, configs, tracing, learnable hyperparameters, which Keras
it is. No schedule belongs here.
"""
