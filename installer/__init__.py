"""Everything around the program: a fresh machine's two commands, the one check; later images and fleets."""
