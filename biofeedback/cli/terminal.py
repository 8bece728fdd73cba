"""The live view of a terminal: traces, lamps and numbers, redrawn a few times per second."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
import rich.live
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from biofeedback.core.roles import Reason, Role
from biofeedback.core.stream import FloatArray
from biofeedback.core.task_words import task_words
from biofeedback.session.engine import Mail
from biofeedback.session.live import Live
from biofeedback.session.snapshot import LinkStatus, Snapshot
from biofeedback.session.task_readings import task_cue, task_readings

__all__ = ["TerminalView", "braille_trace", "render"]

# Dots of a braille cell by (column, row from the top): Unicode U+2800 block.
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
TRACE_S = 30.0
BULLSEYE_DEG = 4.0
REFRESH_HZ = 8
LAMPS = {"good": "●", "doubtful": "◆", "unknown": "○", "lost": "⊗"}


def braille_trace(values: FloatArray, width: int, height: int) -> list[str]:
    """Draw samples as braille dots, two columns and four rows per character.

    Parameters
    ----------
    values : ndarray, shape (n_samples,)
        Evenly spaced; NaN leaves a gap.
    width, height : int
        Size in characters.

    Returns
    -------
    lines : list of str
        `height` lines of `width` characters.
    """
    cells = np.zeros((height, width), dtype=np.int64)
    finite = np.isfinite(values)
    if finite.any():
        low, high = float(values[finite].min()), float(values[finite].max())
        span = high - low or 1.0
        edges = np.linspace(0, len(values), width * 2 + 1).astype(int)
        for column in range(width * 2):
            part = values[edges[column] : edges[column + 1]]
            part = part[np.isfinite(part)]
            if not len(part):
                continue
            rows = height * 4 - 1
            top = round((high - float(part.max())) / span * rows)
            bottom = round((high - float(part.min())) / span * rows)
            for row in range(top, bottom + 1):
                cells[row // 4, column // 2] |= _DOTS[column % 2][row % 4]
    return ["".join(chr(0x2800 + int(cell)) for cell in line) for line in cells]


def _number(value: float, form: str, unit: str) -> str:
    """Write a number with its unit, or that it is not known."""
    return f"{value:{form}} {unit}".strip() if math.isfinite(value) else "unknown"


def _share_words(live: Live) -> str:
    share = live.share
    if share is None:
        return "unknown (needs both belts and a few breaths)"
    if share.state == "paradox":
        return "chest and belly move against each other"
    if share.state == "out_of_step":
        return "out of step: the share has no meaning now"
    if not math.isfinite(share.rib_cage_log_ratio):
        return "baseline is being taken"
    ratio = math.exp(abs(share.rib_cage_log_ratio))
    error = share.rib_cage_log_ratio_se
    if math.isfinite(error) and abs(share.rib_cage_log_ratio) <= 1.96 * error:
        return "as at your baseline"
    where = "chest" if share.rib_cage_log_ratio > 0 else "belly"
    return f"{ratio:.1f} × more {where} than at your baseline"


def _bullseye(ap_deg: float, ml_deg: float) -> list[str]:
    """Draw the trunk as a dot: forward is up, right is right; rings of 4 degrees."""
    size_x, size_y = 17, 9
    lines = [[" "] * size_x for _ in range(size_y)]
    for angle in np.linspace(0, 2 * math.pi, 60, endpoint=False):
        x = round((size_x - 1) / 2 * (1 + math.cos(angle)))
        y = round((size_y - 1) / 2 * (1 + math.sin(angle)))
        lines[y][x] = "·"
    lines[size_y // 2][size_x // 2] = "+"
    if math.isfinite(ap_deg) and math.isfinite(ml_deg):
        x = round((size_x - 1) / 2 * (1 + float(np.clip(ml_deg / BULLSEYE_DEG, -1, 1))))
        y = round((size_y - 1) / 2 * (1 - float(np.clip(ap_deg / BULLSEYE_DEG, -1, 1))))
        lines[y][x] = "●"
    return ["".join(line) for line in lines]


def _lamp(link: LinkStatus, live: Live) -> tuple[str, str]:
    """Return shape and word of a device's lamp."""
    if link.state in ("lost", "opening", "closed"):
        return LAMPS["lost"], f"{link.state}: {link.reason}" if link.reason else link.state
    if not link.ready:
        return LAMPS["unknown"], "starting"
    if link.state == "silent":
        return LAMPS["doubtful"], "silent"
    reasons = Reason.NONE
    for role in link.roles:
        reasons |= live.quality.get(role.value, Reason.NONE)
    if reasons:
        return LAMPS["doubtful"], reasons.in_words()
    return LAMPS["good"], "good"


def _sensors(live: Live) -> Table:
    table = Table(box=None, pad_edge=False, expand=True)
    for title in ("sensor", "worn at", "state", "rate", "lost", "battery"):
        table.add_column(title, no_wrap=title != "state")
    for link in live.links:
        shape, word = _lamp(link, live)
        table.add_row(
            link.device_id,
            ", ".join(role.site for role in link.roles) or "not assigned",
            f"{shape} {word}",
            _number(link.rate_hz, ".1f", "Hz"),
            _number(link.loss_pct, ".1f", "%"),
            _number(link.battery_pct, ".0f", "%"),
        )
    return table


def _traces(live: Live, width: int) -> list[RenderableType]:
    parts: list[RenderableType] = []
    for role, style in ((Role.CHEST_BELT, "blue"), (Role.ABDOMEN_BELT, "dark_orange")):
        t_s, values = live.table.column(f"{role.prefix}_excursion")
        if len(t_s) and np.isfinite(values).any():
            recent = values[t_s > t_s[-1] - TRACE_S]
            lines = braille_trace(recent, width, 3)
            parts.append(Text(role.site, style=style))
            parts.append(Text("\n".join(lines), style=style))
    return parts


def _numbers(live: Live) -> Text:
    cycle, share = live.cycle, live.share
    latency = sorted(live.latency_ms)
    but = f" ({live.breath_reason.in_words()})" if live.breath_reason else ""
    lines = [
        f"breath rate   {_number(live.breath_rate_per_min, '.1f', 'per min')}{but}",
        f"Ti / Ttot     {_number(cycle.duty_cycle if cycle else math.nan, '.2f', '')}",
        f"phase angle   {_number(share.phase_angle_deg if share else math.nan, '+.0f', '°')}",
        f"chest/belly   {_share_words(live)}",
    ]
    if live.hold is not None:
        lines.append(f"holding       since {live.now_s - live.hold.start_s:.0f} s")
    lines += _task(live)
    if latency:
        lines.append(f"latency       {latency[len(latency) // 2]:.0f} ms packet to snapshot")
    return Text("\n".join(lines))


def _task(live: Live) -> list[str]:
    """Say what is known of the task that is going on, and the one cue."""
    task, cue = live.task, task_cue(live.task)
    lines = []
    if task.going_on:
        lines.append(f"{task_words(task.name):<13} {live.now_s - task.since_s:.0f} s")
        for one in task_readings(task, live.worn):
            words = " ".join(part for part in (one.text, one.unit) if part)
            lines.append(f"  {one.title:<15}{words}{f' ({one.reason})' if one.reason else ''}")
    return [*lines, cue] if cue else lines


def _trunk(live: Live) -> Sequence[RenderableType]:
    for role in (Role.PELVIS_IMU, Role.BACK_IMU, Role.STERNUM_IMU):
        ap_deg = live.latest(f"{role.prefix}_tilt_ap_deg")
        ml_deg = live.latest(f"{role.prefix}_tilt_ml_deg")
        if math.isfinite(ap_deg):
            words = f"{role.site}  AP {ap_deg:+.1f}°  ML {ml_deg:+.1f}°"
            return [Text("\n".join(_bullseye(ap_deg, ml_deg)), style="magenta"), Text(words)]
    return [Text("trunk: unknown")]


def render(live: Live, title: str, width: int) -> RenderableType:
    """Compose the view.

    Parameters
    ----------
    live : Live
        What is known.
    title : str
        Heading: where the session is kept, how long it has run.
    width : int
        Characters available.

    Returns
    -------
    view : rich renderable
    """
    grid = Table.grid(expand=True, padding=(0, 2))
    grid.add_column(ratio=2)
    grid.add_column(width=20)
    grid.add_row(_numbers(live), Group(*_trunk(live)))
    return Panel(
        Group(*_traces(live, max(20, width - 6)), grid, _sensors(live)),
        title=f"{title}  {live.now_s:.0f} s",
    )


class TerminalView:
    """Shows snapshots in the terminal while it is open; prints nothing where there is none.

    Parameters
    ----------
    title : str
        Heading of the view.
    """

    def __init__(self, title: str) -> None:
        self.live = Live()
        self._title = title
        self._console = Console()
        # transient: what is left on the screen is the summary, not a frozen moment.
        self._view = rich.live.Live(
            console=self._console,
            refresh_per_second=REFRESH_HZ,
            transient=True,
            get_renderable=self._render,
        )
        self._shown = self._console.is_terminal

    def __enter__(self) -> TerminalView:
        if self._shown:
            self._view.start()
        return self

    def __exit__(self, *failure: object) -> None:
        if self._shown:
            self._view.stop()

    def show(self, snapshot: Snapshot) -> None:
        """Take a snapshot; it is drawn with the next refresh.

        Parameters
        ----------
        snapshot : Snapshot
            What became known.
        """
        self.live.update_snapshot(snapshot)

    def show_mail(self, mails: Iterable[Mail]) -> None:
        """Take what the engine's mailbox gave.

        Parameters
        ----------
        mails : iterable of Mail
            Oldest first.
        """
        self.live.update(mails)

    def _render(self) -> RenderableType:
        return render(self.live, self._title, self._console.width)
