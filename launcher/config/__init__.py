"""What the admin offers and what a person chose: the site catalogue, where it is found, and how it is shown."""
