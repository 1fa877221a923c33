"""What each device model and firmware can do, as data."""
