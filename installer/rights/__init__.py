"""Who may do what: policies that follow from the site file, and the broker that tells people apart."""
