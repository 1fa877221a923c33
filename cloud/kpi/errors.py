"""What a caller of the KPI functions must tell apart."""

from cloud.platform.errors import CloudError


class KpiError(CloudError):
    """The base of this folder."""


class InputError(KpiError):
    """A document from outside is not what the rule reads; `place` says where, such as `signals[3].to`."""

    def __init__(self, place: str, text: str) -> None:
        super().__init__(f"{place}: {text}")
        self.place = place
        self.text = text
