"""The picture: an arena from above, mice that walk in it, and where their key points are in every frame."""
