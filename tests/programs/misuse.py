"""Wrong uses of the public names; a type checker must refuse marked lines."""

import tf_schedules as tfs

tfs.CosineDecay("oops", 1000)  # error
tfs.CosineDecay(0.1)  # error
tfs.CosineDecay(0.1, 1000, 0.0, None, 0.1, 10, True)  # error
tfs.CosineDecay(0.1, 1000, name=3)  # error
tfs.CosineDecay(0.1, decay_step=1000)  # error
tfs.CosineDecayRestarts(0.1, 100, staircase="yes")  # error
tfs.CosineDecayRestarts(0.1, None)  # error
tfs.ExponentialDecay(0.1, 100, 0.9, staircase="yes")  # error
tfs.ExponentialDecay(0.1, 100, [0.9])  # error
tfs.PiecewiseConstantDecay(10, [0.1, 0.01])  # error
tfs.PiecewiseConstantDecay([10], ["0.1", "0.01"])  # error
tfs.Warmup(tfs.Constant(0.1), "10")  # error
tfs.Sequence([tfs.Constant(0.1), "0.2"], [10])  # error
tfs.Adjustable(tfs.Constant(0.1), capacity="16")  # error
tfs.OneCycle(0.1, 100, three_phase=3.0)  # error
tfs.cosine_decay(0.1, 1000)  # error
tfs.PowerDecay(0.1, "-0.5")  # error
tfs.FromFunction(0.1)  # error
tfs.Minimum(tfs.Constant(0.1))  # error
print(tfs.CosineDecay(0.1, 1000).decay_stops)  # error
tfs.export(tfs.Constant(0.1), 3)  # error
tfs.Constant(0.1)
