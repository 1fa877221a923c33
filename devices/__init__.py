"""Talking to hardware: the driver contract, transports, drivers and shipped simulators."""
