"""What the views show: item models that are filled from the desk, on the painting thread only."""
