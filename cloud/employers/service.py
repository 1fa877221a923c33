"""The door of employers: what other packages may use."""

from cloud.employers.bans import ban, lift
from cloud.employers.cases import get_case, refuse, revoke, save_details, submit, take_back, verify
from cloud.employers.counting import count_registered, count_waiting
from cloud.employers.figures import section_names, sections_of_firms
from cloud.employers.members import (
    add_member,
    erase_member,
    export_member,
    firm_of,
    firms_of,
    knows_phone,
    list_members,
    log_in,
    own_firm,
    register,
    remove_member,
    switch_firm,
)
from cloud.employers.own import confirm_own
from cloud.employers.papers import MAX_UPLOAD_BYTES, keep_paper, read_paper, redraw
from cloud.employers.retention import forget_papers
from cloud.employers.rounds import ask_posts, check_firms
from cloud.employers.telling import tell_firm

__all__ = [
    "MAX_UPLOAD_BYTES",
    "add_member",
    "ask_posts",
    "ban",
    "check_firms",
    "confirm_own",
    "count_registered",
    "count_waiting",
    "erase_member",
    "export_member",
    "firm_of",
    "firms_of",
    "forget_papers",
    "get_case",
    "keep_paper",
    "knows_phone",
    "lift",
    "list_members",
    "log_in",
    "own_firm",
    "read_paper",
    "redraw",
    "refuse",
    "register",
    "remove_member",
    "revoke",
    "save_details",
    "section_names",
    "sections_of_firms",
    "submit",
    "switch_firm",
    "take_back",
    "tell_firm",
    "verify",
]
