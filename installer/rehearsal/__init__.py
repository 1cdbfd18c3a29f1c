"""The cloud in a box: what the services would answer, on this computer, without an account."""
