"""The image that a fleet starts from: can it work, how it is built, and is it sound."""
