"""The commands: each file parses, calls the desk, and prints."""
