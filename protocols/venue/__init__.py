"""The MQTT contract between stations and the cloud: see docs/contract.md for the rules behind the names."""
