"""QR codes as pictures; the library is loaded when the first one is drawn."""

import io


def qr_svg(text: str) -> bytes:
    """Return a QR as SVG with its quiet zone, dark on white whatever the page around it is."""
    import segno  # noqa: PLC0415 - only where there is a QR

    kept = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        kept, kind="svg", scale=8, border=4, dark="#000", light="#fff", xmldecl=True, svgclass=None, lineclass=None
    )
    return kept.getvalue()
