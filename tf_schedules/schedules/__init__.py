"""The schedules: the families, and those that are made of other schedules.

A class is its declared arguments, its documentation and its formula; whatever
more than one of them needs belongs into core or numerics.
"""
