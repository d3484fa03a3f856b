"""Exact arithmetic of steps, as graph operations.

What belongs here knows steps, counts and tensors, and neither a schedule nor
Keras.
"""
