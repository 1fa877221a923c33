"""What can go wrong with legal texts and papers, cut by what the caller does next."""

from cloud.platform.errors import CloudError


class LegalError(CloudError):
    """Base of this folder."""


class TextError(LegalError):
    """A text's file cannot be used: the words say which and why."""
