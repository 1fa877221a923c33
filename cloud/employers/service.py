"""The door of employers: what other packages may use."""

from cloud.employers.members import (
    add_member,
    erase_member,
    export_member,
    firm_of,
    firms_of,
    knows_phone,
    list_members,
    log_in,
    remove_member,
    switch_firm,
)

__all__ = [
    "add_member",
    "erase_member",
    "export_member",
    "firm_of",
    "firms_of",
    "knows_phone",
    "list_members",
    "log_in",
    "remove_member",
    "switch_firm",
]
