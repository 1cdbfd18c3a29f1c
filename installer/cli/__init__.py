"""The admin's commands: each file parses, calls a room of the installer, and prints."""
