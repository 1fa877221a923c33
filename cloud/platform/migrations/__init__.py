"""Schema changes in order; made by `python -m cloud.platform.make_migration NAME`, never edited after a release."""
