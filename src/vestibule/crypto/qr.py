"""QR codes, drawn locally: a secret is never sent to an external image service."""

import io


def svg(text: str) -> str:
    """Return a QR code of the text as an SVG document, black on white in every page theme: cameras need contrast."""
    import segno  # short commands draw none

    out = io.BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(out, kind="svg", border=3, dark="#000000", light="#ffffff", xmldecl=False, omitsize=True, nl=False)
    return out.getvalue().decode()
