"""Readings of the GPU, and the verdict in words."""
