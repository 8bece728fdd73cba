"""Two belts: does each alone find the breaths that both together find?

Recordings of others without a truth. Events of the device itself are only a loose check: they are
the maker's algorithm on one of the two belts.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
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
            cells = line.rstrip().split(",")  # heart rate and power have fewer, the first line none
            if len(cells) >= 4 and cells[1] in belts:
                belts[cells[1]].append((float(cells[3]) / 1e3, float(cells[2])))
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


def found_by(found_s: FloatArray, wanted_s: FloatArray) -> float:
    """Part of the wanted peaks that have one found within 0.5 s, the first 10 s left out."""
    wanted_s = wanted_s[wanted_s >= SKIPPED_S]
    if not len(wanted_s) or not len(found_s):
        return float("nan")
    near = np.abs(wanted_s[:, np.newaxis] - found_s).min(axis=1) <= WITHIN_S
    return float(np.mean(near))


def compared(recording: tuple[str, Belt, Belt, FloatArray | None]) -> dict[str, float]:
    """Compare chest alone, abdomen alone and both in one recording."""
    _, chest, abdomen, device_s = recording
    both = analyze_arrays(chest=chest, abdomen=abdomen)
    alone = analyze_arrays(chest=chest), analyze_arrays(abdomen=abdomen)
    # Times count from the first sample that is given, and one belt may begin seconds later.
    first_s = min(chest[0][0], abdomen[0][0]), chest[0][0], abdomen[0][0]
    peaks = [
        _peaks_s(analysis) + start_s - first_s[0]
        for analysis, start_s in zip((both, *alone), first_s, strict=True)
    ]
    shares = [event for event in both.events if isinstance(event, BreathShare)]
    together = {share.breath for share in shares if share.state == "in_step"}
    in_step_s = np.array([b.peak_s for b in both.breaths if b.breath in together])
    apart = sum(share.state in ("out_of_step", "paradox") for share in shares)
    known = sum(share.state != "unknown" for share in shares)
    return {
        "breaths": len(peaks[0]),
        "chest_with_both": f1(peaks[1], peaks[0]),
        "abdomen_with_both": f1(peaks[2], peaks[0]),
        "chest_with_abdomen": f1(peaks[1], peaks[2]),
        "in_step_by_chest": found_by(peaks[1], in_step_s),
        "in_step_by_abdomen": found_by(peaks[2], in_step_s),
        "out_of_step_pct": 100.0 * apart / known if known else float("nan"),
        "device": float("nan") if device_s is None else f1(peaks[0], device_s),
    }


def agreement() -> dict[str, dict[str, float]]:
    """Compare every recording."""
    recordings = list(_recordings())
    with ProcessPoolExecutor() as processes:
        rows = list(processes.map(compared, recordings))
    return {recording[0]: row for recording, row in zip(recordings, rows, strict=True)}


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
