"""The ground every sub-package stands on."""
