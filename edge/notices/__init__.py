"""Emergency notices of the station: the cloud's and its own, on every screen until they end."""
