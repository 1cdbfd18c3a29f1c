"""Judge trained models on one shared split: numbers that cannot mislead, and a page that shows them."""
