"""The files of the state directory that say where the pages are, and what opens the door of emergency notices."""

from typing import Final

HTTP_FILE: Final = "http.json"
NOTICE_KEY_FILE: Final = "notice.key"
