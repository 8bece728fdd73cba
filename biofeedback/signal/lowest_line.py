"""The lowest line under arrival times: a sensor's clock as seen through a link that can only delay.

Among all lines under the points, the one with the least sum of distances is wanted. It is the
edge of the lower convex hull that spans the mean abscissa [1]_. Only the lowest point of each
second is kept, for a minute: about sixty points, whatever the packet rate.

References
----------
.. [1] Moon, Skelly, Towsley (1999), Estimation and removal of clock skew from network delay
   measurements, IEEE INFOCOM; docs/metrics/clock.md
"""

from __future__ import annotations

import math
from collections import deque
from statistics import fmean, median

__all__ = ["LowestLine"]

WINDOW_S = 60.0
"""Length of the past the line is laid under, s."""
BUCKET_S = 1.0
"""Of each such piece of sensor time only the lowest point is kept, s."""
NOMINAL_SLOPE_SD = 0.01
"""How far a sensor's clock is from nominal, relative, before anything is known."""
KEPT_SLOPE_SD = 0.001
"""The same when the slope was fitted before a break."""
NOISE_FLOOR_S = 0.001
"""Least scatter assumed of the lowest points, s."""
FEW_POINTS = 10
"""So many points cannot tell their own scatter: three expected deviations are the limit."""
UNKNOWN_SCATTER_S = 0.05
"""Scatter of the lowest points assumed, as if of one point, before points have told theirs, s."""

Point = tuple[float, float]


class LowestLine:
    """``arrival = offset_s + slope · x``, kept under the points of the last minute.

    Starts at the nominal slope 1. The fitted slope counts as much as its likely error (scatter of
    the lowest points over the span they cover) allows beside what was expected, and with few
    points stays near that.

    Attributes
    ----------
    slope : float
        Host seconds per second of the sensor's clock.
    offset_s : float
        Host time at which the sensor's clock read 0, plus the least delay of the link, s.
    """

    def __init__(self) -> None:
        self.slope = 1.0
        self.offset_s = 0.0
        self._expected = 1.0
        self._expected_sd = self._slope_sd = NOMINAL_SLOPE_SD
        self._points: deque[Point] = deque()
        self._bucket = 0
        self._mean_x_s = 0.0
        self._level_se_s = UNKNOWN_SCATTER_S

    def at(self, x_s: float) -> float:
        """Return the line at sensor time `x_s`.

        Parameters
        ----------
        x_s : float
            Sensor time, s.

        Returns
        -------
        time_s : float
        """
        return self.offset_s + self.slope * x_s

    def se_s(self, x_s: float) -> float:
        """Return the standard error of the line at sensor time `x_s`.

        What the line's points can tell: their scatter over their number, and the slope's error
        over the distance from their middle. The least delay of the link is not in it.

        Parameters
        ----------
        x_s : float
            Sensor time, s.

        Returns
        -------
        se_s : float
        """
        return math.hypot(self._level_se_s, self._slope_sd * (x_s - self._mean_x_s))

    def add(self, x_s: float, arrival_s: float) -> bool:
        """Take a point; the line is never above it afterwards.

        Parameters
        ----------
        x_s : float
            Sensor time of the newest sample of a packet, s; grows from call to call.
        arrival_s : float
            When the packet arrived, s.

        Returns
        -------
        refitted : bool
            True when a new piece of `BUCKET_S` began and the slope was fitted again.
        """
        above_s = arrival_s - self.slope * x_s
        bucket = int(x_s // BUCKET_S)
        points = self._points
        refitted = not points or bucket != self._bucket
        if refitted:
            self._bucket = bucket
            while points and points[0][0] < x_s - WINDOW_S:
                points.popleft()
            if points:
                self._fit()
                above_s = arrival_s - self.slope * x_s
            else:
                self.offset_s = above_s
                self._mean_x_s, self._level_se_s = x_s, UNKNOWN_SCATTER_S
            points.append((x_s, arrival_s))
        elif above_s < points[-1][1] - self.slope * points[-1][0]:
            points[-1] = (x_s, arrival_s)
        self.offset_s = min(self.offset_s, above_s)
        return refitted

    def forget(self, from_x_s: float | None = None) -> None:
        """Drop points that no longer hold; the slope stays.

        Parameters
        ----------
        from_x_s : float or None
            Drop those from this sensor time on; None drops all, and the next point starts a new
            line with the slope fitted so far.
        """
        if from_x_s is None:
            if self._span_s() > WINDOW_S / 2:
                self._expected, self._expected_sd = self.slope, KEPT_SLOPE_SD
                self._slope_sd = KEPT_SLOPE_SD
            self._points.clear()
        else:
            while self._points and self._points[-1][0] >= from_x_s:
                self._points.pop()

    def _span_s(self) -> float:
        return self._points[-1][0] - self._points[0][0] if self._points else 0.0

    def _fit(self) -> None:
        """Fit slope and offset anew."""
        points = self._points
        span_s = self._span_s()
        noise_s = 0.0
        if span_s > 0:
            fitted, offset_s = _edge_at_mean(points)
            noise_s = 1.4826 * median(a - offset_s - fitted * x for x, a in points)
            error = max(noise_s, NOISE_FLOOR_S) / span_s
            weight = self._expected_sd**2 / (self._expected_sd**2 + error**2)
            moved = weight * (fitted - self._expected)
            if len(points) <= FEW_POINTS:
                limit = 3.0 * self._expected_sd
                moved = min(max(moved, -limit), limit)
            self.slope = self._expected + moved
            # Its own error, and what expectation took off it; no worse than expected.
            own = math.hypot(error / math.sqrt(len(points)), fitted - self.slope)
            self._slope_sd = min(own, self._expected_sd)
        self.offset_s = min(a - self.slope * x for x, a in points)
        self._mean_x_s = fmean(x for x, _ in points)
        # The scatter is known from few points only as well as they tell it.
        scatter_s = math.sqrt(UNKNOWN_SCATTER_S**2 / len(points) + noise_s**2)
        self._level_se_s = scatter_s / math.sqrt(len(points))


def _edge_at_mean(points: deque[Point]) -> tuple[float, float]:
    """Return slope and offset of the lower hull's edge over the mean abscissa."""
    hull: list[Point] = []
    for x, a in points:
        while len(hull) > 1:
            (x0, a0), (x1, a1) = hull[-2], hull[-1]
            if (a1 - a0) * (x - x1) < (a - a1) * (x1 - x0):
                break
            hull.pop()
        hull.append((x, a))
    mean_x = fmean(x for x, _ in points)
    right = next(number for number, (x, _) in enumerate(hull) if x >= mean_x)
    (x0, a0), (x1, a1) = hull[max(right, 1) - 1], hull[max(right, 1)]
    slope = (a1 - a0) / (x1 - x0)
    return slope, a0 - slope * x0
