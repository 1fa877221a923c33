"""What can be wrong with profiles."""


class ProfileError(Exception):
    """Base of this folder: a shipped profile is bad; no caller can go on with it."""


class UnknownProfile(ProfileError):  # noqa: N818 - it names the answer
    """The site file names a profile that does not exist: tell who wrote it."""


class BadMessages(ProfileError):  # noqa: N818 - it names the answer
    """The file of message templates, or what a sender filled in, does not fit: the text says where."""
