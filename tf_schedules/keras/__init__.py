"""What meets `tf.keras` while it trains.

Callbacks, the adapter to the other Keras, variables in weights files.
"""
