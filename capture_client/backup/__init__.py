"""What leaves the facility: the plan, bundles, receipts, and how to go on after any cut."""
