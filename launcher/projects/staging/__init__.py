"""How the files of one project come to their names on this computer: proved, repaired, and right after any kill."""
