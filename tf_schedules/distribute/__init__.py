"""Checks and agreements across all the workers of a job."""
