"""What is agreed: terms of backup, the contracts that hold them, and the plan a device carries out."""
