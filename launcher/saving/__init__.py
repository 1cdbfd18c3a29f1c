"""From disk to the home prefix: stable snapshots, conditional checksummed writes, a manifest last, and the proof."""
