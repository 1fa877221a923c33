"""Emergency notices in the cloud."""
