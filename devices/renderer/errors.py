"""What can go wrong with a renderer."""


class RendererError(Exception):
    """Base of this folder."""


class PictureError(RendererError):
    """What the renderer gave as a picture is none that a probe can read."""


class Silent(RendererError):  # noqa: N818 - the state is the message
    """The renderer does not answer, or not in its language: it is gone or stuck."""


class NotThere(RendererError):  # noqa: N818
    """There is no renderer to be watched: the program is missing or does not start."""
