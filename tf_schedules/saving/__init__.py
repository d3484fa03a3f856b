"""Schedules on disk: exports to SavedModels, and loads from them."""
