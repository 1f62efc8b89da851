"""The file of `kura apply`: what an installation should be, brought about in one transaction."""
