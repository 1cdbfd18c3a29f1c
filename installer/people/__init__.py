"""Who may use the stream: rows of a file, the difference to the user pool, and carrying it out."""
