"""The parts of the window, each with its own reason to change."""
