"""Everything around the program: a fresh machine's two commands, the one check; image, fleet and people."""
