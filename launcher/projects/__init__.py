"""Find and read projects in S3, make their cards, and bring them to local disk."""
