"""What became of the samples of one stream, and how well their time is known."""

from __future__ import annotations

from dataclasses import dataclass

from biofeedback.core.roles import Role

__all__ = ["StreamAccount"]


@dataclass(frozen=True, slots=True)
class StreamAccount:
    """One stream's books so far.

    Parameters
    ----------
    stream : str
        ``device_id/stream_id``.
    received : int
        Different samples that came.
    lost : int
        Samples known to be missing between those that came.
    repaired : float
        Of those lost, how many the table was bridged over; a hole may be bridged in part.
    duplicates : int
        Samples that came again and were dropped.
    rate_hz : float
        Real sample rate, Hz; NaN until fitted, and where times are given.
    jitter_s : float
        Standard deviation of arrivals above the clock's line over the last minute, s; NaN until
        known, and where times are given.
    clock_residual_s : float
        How late the newest packet came, above the line, s; NaN likewise.
    clock_se_s : float
        Standard error of the newest times but for the lag, s; NaN likewise.
    lag_s : float
        Constant lag that is taken off, s.
    role : Role or None
        What its sensor is worn as.
    """

    stream: str
    received: int
    lost: int
    repaired: float
    duplicates: int
    rate_hz: float
    jitter_s: float
    clock_residual_s: float
    clock_se_s: float
    lag_s: float
    role: Role | None = None

    @property
    def expected(self) -> int:
        """Samples that should have come between the first and the newest one."""
        return self.received + self.lost

    @property
    def loss_pct(self) -> float:
        """Lost samples in per cent of those expected; NaN before the first."""
        return 100.0 * self.lost / self.expected if self.expected else float("nan")
