"""Who uses a kiosk: his session here and at the cloud, the posts he is shown, the slip he takes away (ADR 47)."""
