"""Site manifest, trust, broker and the demo: what sets a venue up."""
