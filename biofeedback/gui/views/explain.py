"""What a number is: the page of ``docs/metrics`` that its "?" opens."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtWidgets import QDialog, QTextBrowser, QVBoxLayout, QWidget

from biofeedback.gui.theme import Theme

__all__ = ["MetricPage", "page_text"]

# In a clone of the project, and where an installed one puts its documents.
FOLDERS = (
    Path(__file__).parents[3] / "docs" / "metrics",
    Path(sys.prefix) / "share" / "doc" / "biofeedback" / "metrics",
)


def page_text(page: str) -> str:
    """Read a metric page.

    Parameters
    ----------
    page : str
        Its name, without ending.

    Returns
    -------
    text : str
        Markdown; a sentence that says where to look when the page is not on this machine.
    """
    for folder in FOLDERS:
        path = folder / f"{page}.md"
        if path.is_file():
            return path.read_text(encoding="utf-8")
    return f"The page docs/metrics/{page}.md is not installed here; see the project's documents."


class MetricPage(QDialog):
    """One metric page; Esc closes it, links open the other pages.

    Parameters
    ----------
    theme : Theme
        Colours and type.
    page : str
        Its name, without ending.
    parent : QWidget
        Owner.
    """

    def __init__(self, theme: Theme, page: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("What this number is")
        self.resize(theme.px(680), theme.px(620))
        self.text = QTextBrowser()
        self.text.setOpenLinks(False)
        self.text.setFont(theme.font("body_large"))
        self.text.anchorClicked.connect(lambda link: self.show_page(Path(link.path()).stem))
        rows = QVBoxLayout(self)
        rows.setContentsMargins(theme.px(16), theme.px(16), theme.px(16), theme.px(16))
        rows.addWidget(self.text)
        self.show_page(page)

    def show_page(self, page: str) -> None:
        """Show a page.

        Parameters
        ----------
        page : str
            Its name, without ending.
        """
        self.text.setMarkdown(page_text(page))
