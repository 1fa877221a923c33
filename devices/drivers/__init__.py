"""Every driver that ships."""
