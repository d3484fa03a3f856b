"""Schedules on disk: exported as SavedModels, and loaded again."""
