"""The file of the state directory that says where the pages are."""

from typing import Final

HTTP_FILE: Final = "http.json"
