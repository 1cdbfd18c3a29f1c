"""Small windows beside the main one; they are opened, never executed, so that the loop goes on."""
