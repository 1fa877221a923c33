"""What can go wrong with saying who one is, cut by what the caller does next."""

from cloud.platform.errors import CloudError


class IdentityError(CloudError):
    """Base of this folder."""


class WrongPasswordError(IdentityError):
    """Name or password is wrong; nobody says which."""


class WrongCodeError(IdentityError):
    """A code of the second factor is wrong, too old, or was used before."""


class LoginEndedError(IdentityError):
    """The time between password and code is over: start again."""


class LockedError(IdentityError):
    """Too many wrong tries: try again after `wait_s`."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"尝试次数过多，请 {wait_s} 秒后再试")
        self.wait_s = wait_s
