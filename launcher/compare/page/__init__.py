"""The page of a comparison: one HTML file that holds everything it shows."""
