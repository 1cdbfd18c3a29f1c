"""The verbs of the person, shared by the window and the commands."""
