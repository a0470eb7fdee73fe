"""Text that others wrote, made harmless for spreadsheets."""

# What makes a spreadsheet take a cell for a formula (OWASP, "CSV Injection"), full-width forms included.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")  # noqa: RUF001


def plain_cell(text: str) -> str:
    """Return the text as a cell that no spreadsheet calculates; an apostrophe marks what was made harmless."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
