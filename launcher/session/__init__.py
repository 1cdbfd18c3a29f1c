"""Who is here, on which fleet, stack and image, and for how long: what the streaming service tells a session."""
