"""What is kept: blobs by digest in encrypted packs, one data key per area; the bytes are in docs/vault-format.md."""
