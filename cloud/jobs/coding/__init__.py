"""Free text -> occupation of the classification of 2022."""
