"""QR codes: as modules for a screen that draws them itself, as SVG for pages and papers. Pure."""

from functools import lru_cache
from typing import Final

#: Light modules around a code; scanners want four.
QUIET: Final = 4


@lru_cache(maxsize=256)
def matrix_of(text: str) -> tuple[str, ...]:
    """Return the modules, a row as a text of 0 and 1, without the quiet zone (ISO/IEC 18004, level M)."""
    import segno  # noqa: PLC0415 - only where there is a QR

    return tuple("".join(str(module) for module in row) for row in segno.make(text, micro=False, error="m").matrix)


@lru_cache(maxsize=256)
def svg_of(text: str, label: str) -> str:
    """Return a code as SVG with its quiet zone: one path, no style; `label` says to a reader what it is."""
    rows = matrix_of(text)
    side = len(rows) + 2 * QUIET
    path = "".join(
        f"M{x + QUIET} {y + QUIET}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, module in enumerate(row)
        if module == "1"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="qr" viewBox="0 0 {side} {side}" role="img" '
        f'aria-label="{_plain(label)}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{side}v{side}H0z"/>'
        f'<path fill="#000" d="{path}"/></svg>'
    )


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
