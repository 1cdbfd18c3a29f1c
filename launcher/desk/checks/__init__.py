"""What `doctor` looks at: one function for each thing, which returns words or raises what is wrong."""
