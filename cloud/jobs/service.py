"""The door of jobs: what other packages may use."""

from cloud.jobs.briefs import Brief, briefs_of, briefs_of_firm
from cloud.jobs.content import REFRESH_S, Walls, pay_text, wall_content, wall_proof
from cloud.jobs.drafts import FORMS, FirmDraft, PostDraft, check_uscc
from cloud.jobs.figures import Offered, occupation_groups, offered
from cloud.jobs.firms import count_firms, create_firm, find_firm, get_firm, list_firms, verify_firm
from cloud.jobs.ledgers import firm_rows, post_rows
from cloud.jobs.lookup import occupations, search_occupations
from cloud.jobs.notices import Source, matrix_of, notice_item
from cloud.jobs.posts import (
    CLOSED,
    PUBLISHED,
    TRANSITIONS,
    PostPage,
    close_post,
    count_posts,
    create_post,
    decide_review,
    forget_ended,
    get_post,
    hold_post,
    list_posts,
    post_history,
    publish_post,
    published_on,
    screen_post,
    screen_texts,
    update_post,
)

__all__ = [
    "CLOSED",
    "FORMS",
    "PUBLISHED",
    "REFRESH_S",
    "TRANSITIONS",
    "Brief",
    "FirmDraft",
    "Offered",
    "PostDraft",
    "PostPage",
    "Source",
    "Walls",
    "briefs_of",
    "briefs_of_firm",
    "check_uscc",
    "close_post",
    "count_firms",
    "count_posts",
    "create_firm",
    "create_post",
    "decide_review",
    "find_firm",
    "firm_rows",
    "forget_ended",
    "get_firm",
    "get_post",
    "hold_post",
    "list_firms",
    "list_posts",
    "matrix_of",
    "notice_item",
    "occupation_groups",
    "occupations",
    "offered",
    "pay_text",
    "post_history",
    "post_rows",
    "publish_post",
    "published_on",
    "screen_post",
    "screen_texts",
    "search_occupations",
    "update_post",
    "verify_firm",
    "wall_content",
    "wall_proof",
]
