"""Single looks at an image, by what they are about; each says whether it is well, what it saw, and what to do."""
