"""The catalogue in S3: the buckets that the admin offers to every launcher of the site."""
