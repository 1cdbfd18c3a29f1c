"""What is shipped, for whoever has to answer for it: the bill of materials, licences, hashes, and the wheel."""
