"""QR codes, drawn here: a secret never travels to a service that draws pictures."""

import io

import segno


def svg(text: str) -> str:
    """An SVG document, dark on white whatever the page's colours are: cameras want contrast."""
    out = io.BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(out, kind="svg", border=3, dark="#000000", light="#ffffff", xmldecl=False, omitsize=True, nl=False)
    return out.getvalue().decode()
