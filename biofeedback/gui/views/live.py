"""Live, for the clinician: everything, with its quality."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from biofeedback.gui.states import Motion, Readout
from biofeedback.gui.theme import Theme
from biofeedback.gui.views.explain import MetricPage
from biofeedback.gui.widgets.bullseye import BullseyeWidget
from biofeedback.gui.widgets.gauge import GaugeWidget
from biofeedback.gui.widgets.legend import Legend
from biofeedback.gui.widgets.loop import LoopWidget
from biofeedback.gui.widgets.parts import Card, QualityLine, Tile
from biofeedback.gui.widgets.trace import TraceWidget

__all__ = ["LivePanels"]


class LivePanels(QWidget):
    """Traces, loop, trunk and numbers; shown live and in review.

    Parameters
    ----------
    theme : Theme
        Colours and type.
    absolute : bool
        Session time on the time axis, for a recording.
    """

    def __init__(self, theme: Theme, *, absolute: bool = False) -> None:
        super().__init__()
        self.setObjectName("page")
        self._theme = theme
        self.trace = TraceWidget(theme, absolute=absolute)
        self.lean = TraceWidget(theme, strip="Forward lean")
        self.tone = TraceWidget(theme, strip="Belly tone")
        self.loop = LoopWidget(theme)
        self.bullseye = BullseyeWidget(theme)
        self.gauge = GaugeWidget(theme)
        self.share = Tile(
            theme, "Belly against chest, × own baseline", "rib_cage_log_ratio", self.gauge
        )
        self.rate = Tile(theme, "Rate", "breath_rate")
        self.duty = Tile(theme, "Duty", "breath_timing")
        self.pause = Tile(theme, "Pause", "breath_timing")
        self.step = Tile(theme, "In step", "phase_angle")
        self.flexion = Tile(theme, "Forward lean", "tilt")
        self.lateral = Tile(theme, "Lean to the right", "tilt")
        self.sway = Tile(theme, "Sway", "sway")
        breathing = (self.share, self.rate, self.duty, self.pause, self.step)
        for tile in (*breathing, self.flexion, self.lateral, self.sway):
            tile.explain_asked.connect(self.explain_page)
        self._trunk_quality, self._tone_quality = QualityLine(theme), QualityLine(theme)
        traces = Card(theme, "Breathing")
        traces.head.insertWidget(1, Legend(theme), 30)
        traces.body.addWidget(self.trace, 1)
        self._window_hint = traces.hint
        loop = Card(theme, "Chest against abdomen", "last 6 breaths")
        loop.body.addWidget(self.loop, 1)
        trunk = Card(theme, "Trunk", "9 s, and the last minute's ellipse")
        trunk.body.addWidget(self.bullseye, 1)
        trunk.body.addWidget(self._trunk_quality)
        numbers = self._numbers()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        content = QWidget()
        content.setObjectName("page")
        grid = QGridLayout(content)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(12)
        if theme.large:
            for row, card in enumerate((traces, numbers, loop, trunk)):
                grid.addWidget(card, row, 0)
            traces.setMinimumHeight(theme.px(260))
            loop.setMinimumHeight(theme.px(280))
            trunk.setMinimumHeight(theme.px(280))
        else:
            grid.addWidget(traces, 0, 0)
            grid.addWidget(loop, 0, 1)
            grid.addWidget(numbers, 1, 0)
            grid.addWidget(trunk, 1, 1)
            grid.setColumnStretch(0, 1)
            grid.setRowStretch(0, 11)
            grid.setRowStretch(1, 9)
            for card in (loop, trunk):
                card.setFixedWidth(theme.px(360))
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(content)
        outer.addWidget(scroll)

    def _numbers(self) -> QWidget:
        theme = self._theme
        box = QWidget()
        box.setObjectName("page")
        rows = QVBoxLayout(box)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(12)
        if theme.large:
            pairs: tuple[tuple[QWidget, ...], ...] = (
                (self.share,),
                (self.rate, self.duty),
                (self.pause, self.step),
                (self.flexion, self.lateral),
                (self.sway,),
            )
        else:
            pairs = (
                (self.share, self.rate, self.duty),
                (self.pause, self.step, self.flexion, self.lateral, self.sway),
            )
        for tiles in pairs:
            row = QHBoxLayout()
            row.setSpacing(12)
            for tile in tiles:
                row.addWidget(tile, 3 if tile is self.share else 1)
            rows.addLayout(row)
        lean = Card(theme, "Forward lean", "° from upright")
        lean.body.addWidget(self.lean, 1)
        tone = Card(theme, "Belly tone", "× quiet breath; not muscle activity")
        tone.body.addWidget(self.tone, 1)
        tone.head.insertWidget(1, self._tone_quality, 100)
        strips = QVBoxLayout() if theme.large else QHBoxLayout()
        strips.setSpacing(12)
        for strip in (lean, tone):
            strip.setMinimumHeight(theme.px(100))
            strips.addWidget(strip, 1)
        rows.addLayout(strips, 1)
        return box

    def explain(self) -> None:
        """Open the page of the focused number; of the share, when none is."""
        focused = self.focusWidget()
        self.explain_page(focused.page if isinstance(focused, Tile) else self.share.page)

    def explain_page(self, page: str) -> None:
        """Open a metric page.

        Parameters
        ----------
        page : str
            Its name.
        """
        sheet = MetricPage(self._theme, page, self)
        sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        sheet.open()

    def show_motion(self, motion: Motion) -> None:
        """Show what moves.

        Parameters
        ----------
        motion : Motion
            What to show.
        """
        self.trace.show_state(motion.trace)
        self.lean.show_state(motion.lean)
        self.tone.show_state(motion.tone)
        self.bullseye.show_state(motion.trunk)

    def show_readout(self, readout: Readout) -> None:
        """Show what is read.

        Parameters
        ----------
        readout : Readout
            What to show.
        """
        self.loop.show_state(readout.loop)
        self.gauge.show_state(readout.gauge)
        self.share.show_state(readout.share)
        self.rate.show_state(readout.rate)
        self.duty.show_state(readout.duty)
        self.pause.show_state(readout.pause)
        self.step.show_state(readout.step)
        self.flexion.show_state(readout.flexion)
        self.lateral.show_state(readout.lateral)
        self.sway.show_state(readout.sway)
        self._trunk_quality.show_quality(readout.flexion.quality)
        self._tone_quality.show_quality(readout.tone.quality)

    def show_window(self, window_s: float) -> None:
        """Say how long the time axis is.

        Parameters
        ----------
        window_s : float
            Length, s.
        """
        self._window_hint.setText(f"{window_s:.0f} s")
