"""Places, listing, transfer, checksums, credentials and the error table: the only room that knows the AWS libraries."""
