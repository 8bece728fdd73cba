"""Two belts: does each alone find the breaths that both together find?

Recordings of others without a truth. Events of the device itself are only a loose check: they are
the maker's algorithm on one of the two belts.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from biofeedback import analyze_arrays
from biofeedback.core.results import BreathShare
from biofeedback.core.stream import FloatArray
from biofeedback.session.offline import Analysis

__all__ = ["agreement"]

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "belts_2ch"
SKIPPED_S, WITHIN_S = 10.0, 0.5
Belt = tuple[FloatArray, FloatArray]


def _hexoskin(path: Path) -> tuple[Belt, Belt, FloatArray | None]:
    """Read a shirt: its counts fall on breathing in; what the device calls end of inspiration."""
    with np.load(path) as file:
        t_s = np.arange(len(file["thoracic"])) / float(file["fs_resp"])
        first_s, last_s = file["worn_range_s"] if "worn_range_s" in file else (0.0, t_s[-1])
        worn = (t_s >= first_s) & (t_s <= last_s)
        chest, abdomen = (
            (t_s[worn] - first_s, -file[name][worn].astype(float))
            for name in ("thoracic", "abdominal")
        )
        device_s = file.get("device_expiration_s")
    return chest, abdomen, None if device_s is None else device_s - first_s


def _flow_ble(path: Path) -> tuple[Belt, Belt, None]:
    """Read two strain belts with clocks of their own: sample time in the fourth column, ms."""
    belts: dict[str, list[tuple[float, float]]] = {"ribcage": [], "abdomen": []}
    with gzip.open(path, "rt") as file:
        for line in file:
            _, kind, value, sample_ms = line.rstrip().split(",")[:4]
            if kind in belts:
                belts[kind].append((float(sample_ms) / 1e3, float(value)))
    first_s = min(rows[0][0] for rows in belts.values())
    pairs = []
    for rows in belts.values():
        table = np.array(rows)
        t_s, index = np.unique(table[:, 0], return_index=True)
        pairs.append((t_s - first_s, table[index, 1]))
    return pairs[0], pairs[1], None


def _recordings() -> Iterator[tuple[str, Belt, Belt, FloatArray | None]]:
    """Give name, chest, abdomen (inhale up), and peaks of inspiration by the device, s."""
    for path in sorted(DATA.glob("hexoskin_*/*.npz")):
        yield f"{path.parent.name}/{path.stem}", *_hexoskin(path)
    for path in sorted(DATA.glob("flow_ble/*.csv.gz")):
        yield f"flow_ble/{path.name.removesuffix('.csv.gz')}", *_flow_ble(path)


def _peaks_s(analysis: Analysis) -> FloatArray:
    return np.array([breath.peak_s for breath in analysis.breaths])


def f1(one_s: FloatArray, other_s: FloatArray) -> float:
    """F1 of a one-to-one match within 0.5 s, the first 10 s left out."""
    one_s, other_s = (times[times >= SKIPPED_S] for times in (one_s, other_s))
    i = j = hits = 0
    while i < len(one_s) and j < len(other_s):
        if abs(one_s[i] - other_s[j]) <= WITHIN_S:
            hits, i, j = hits + 1, i + 1, j + 1
        elif one_s[i] < other_s[j]:
            i += 1
        else:
            j += 1
    total = len(one_s) + len(other_s)
    return 2 * hits / total if total else float("nan")


def agreement() -> dict[str, dict[str, float]]:
    """Compare chest alone, abdomen alone and both, recording by recording."""
    rows: dict[str, dict[str, float]] = {}
    for name, chest, abdomen, device_s in _recordings():
        both = analyze_arrays(chest=chest, abdomen=abdomen)
        alone = analyze_arrays(chest=chest), analyze_arrays(abdomen=abdomen)
        peaks = [_peaks_s(analysis) for analysis in (both, *alone)]
        shares = [event for event in both.events if isinstance(event, BreathShare)]
        apart = sum(share.state in ("out_of_step", "paradox") for share in shares)
        known = sum(share.state != "unknown" for share in shares)
        rows[name] = {
            "breaths": len(peaks[0]),
            "chest_with_both": f1(peaks[1], peaks[0]),
            "abdomen_with_both": f1(peaks[2], peaks[0]),
            "chest_with_abdomen": f1(peaks[1], peaks[2]),
            "out_of_step_pct": 100.0 * apart / known if known else float("nan"),
            "device": float("nan") if device_s is None else f1(peaks[0], device_s),
        }
    return rows


def main() -> None:
    """Compare, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args()
    text = json.dumps(agreement(), indent=1)
    print(text)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
