"""What can be wrong with occupation coding."""

from cloud.platform.errors import CloudError


class ModelError(CloudError):
    """The model's file is damaged or of another version: build it again."""
