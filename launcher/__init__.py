"""Pose Launcher: open, run and keep SLEAP and DeepLabCut projects in a cloud desktop that is destroyed at log-out."""

__version__ = "0.1.0"
