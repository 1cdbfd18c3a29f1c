"""Files that are no project: down to a chosen folder, up into the home prefix, and those of this computer."""
