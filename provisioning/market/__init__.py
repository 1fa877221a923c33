"""A realistic gig-work market out of a seed: firms, posts, people and what they do in a year.

Pure and without end: the n-th document depends on seed, day and n alone, so a small market is the beginning of every
larger one, and any size is made one document at a time. Documents are in the forms that REST takes. Nobody and no firm
in it exists: see `provisioning.market.numbers` for how the numbers are kept out of everybody's way.
"""

from provisioning.market.firms import Firm, make_firm
from provisioning.market.market import Market
from provisioning.market.people import Person, make_person
from provisioning.market.posts import Kind, Post, make_post
from provisioning.market.year import Event, Scope, make_year

__all__ = [
    "Event",
    "Firm",
    "Kind",
    "Market",
    "Person",
    "Post",
    "Scope",
    "make_firm",
    "make_person",
    "make_post",
    "make_year",
]
