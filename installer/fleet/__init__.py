"""The fleet: what it is made of, what would keep it from starting, and another image for it while it runs."""
