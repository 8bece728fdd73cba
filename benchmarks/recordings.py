"""Every recording beside the project that has breathing in it: imported, analysed, in one table.

Writes ``docs/recordings.md``; the recordings themselves stay where they are.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from biofeedback.core.errors import BiofeedbackError
from biofeedback.drivers.protocols.imported import Imported
from biofeedback.recording.importers import import_entries, parse_request
from biofeedback.session.kernel import Kernel
from biofeedback.session.offline import analyze_entries

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"
PAGE = Path(__file__).resolve().parents[1] / "docs" / "recordings.md"

HEAD = """# Recordings of others

Every recording in the evaluation set that has breathing in it, imported with the options shown and
analysed as it would have been live. Made by `python -m benchmarks.recordings`; the recordings are
not part of the project. Rate is 60 over the median breath, breath holds left out. Quality is the
median over breaths, 0 to 1. A dash means: not known, and the analysis says so. Motion sensors are
breathed from where there is no belt; clips of 30 s end before a rhythm is confirmed.

"""


@dataclass(frozen=True)
class Case:
    """A set of files and how they are imported."""

    folder: str
    pattern: str
    options: dict[str, object]
    words: str


CLIP = "sitting_breathingNormal"
HEXOSKIN: dict[str, object] = {
    "maps": ["chest=thoracic", "abdomen=abdominal"],
    "rates": ["128"],
    "invert": ["chest", "abdomen"],
}
CASES = (
    Case("belts_2ch/hexoskin_lsl", "*.npz", HEXOSKIN, "two bands, rest"),
    Case("belts_2ch/hexoskin_cough", "*.npz", HEXOSKIN, "two bands, coughs and speech"),
    Case("belts_2ch/hexoskin_harlab", "*.npz", HEXOSKIN, "two bands, daily activities"),
    Case(
        "belts_2ch/flow_ble",
        "*.csv.gz",
        {"maps": ["chest=ribcage", "abdomen=abdomen"], "time_column": "column_4"},
        "two strain belts, exercise",
    ),
    Case("breath_gt/bidmc", "*.npz", {"maps": ["chest=resp_adc"]}, "impedance, ward"),
    Case(
        "breath_gt/vernier_imu",
        "*.csv.gz",
        {"maps": ["chest=Force"], "time_column": "Timestamp"},
        "force belt",
    ),
    Case(
        "breath_gt/flow_pq",
        "*.csv.gz",
        {"maps": ["chest=V_tidal [L]"], "time_column": "Time [s]"},
        "volume at the mouth",
    ),
    Case("unlabelled", "*.npz", {"maps": ["chest=signal"]}, "peers' demo signals"),
    Case("unlabelled", "*.txt.gz", {"maps": ["chest=column_2"]}, "peers' demo signals"),
    Case(
        "imu_resp/respeck",
        "*.npz",
        {
            "maps": [
                f"abdomen.acc={CLIP}.0,{CLIP}.1,{CLIP}.2",
                f"abdomen.gyro={CLIP}.3,{CLIP}.4,{CLIP}.5",
            ]
        },
        "motion sensor on the ribs",
    ),
    Case("imu_resp/phone", "acc_[cs]*.csv.gz", {"maps": ["chest=data"]}, "phone, one axis"),
    Case(
        "imu_resp/phone",
        "acc_normal.csv.gz",
        {"maps": ["chest=column_2"], "time_column": "column_1"},
        "phone, one axis",
    ),
    Case(
        "imu_resp/phone",
        "breathing*.csv.gz",
        {
            "maps": [
                "sternum.acc=acc_x[mg],acc_y[mg],acc_z[mg]",
                "sternum.gyro=gyro_x[mdps],gyro_y[mdps],gyro_z[mdps]",
            ]
        },
        "phone, six axes",
    ),
)


def number(value: object, form: str) -> str:
    return f"{value:{form}}" if isinstance(value, int | float) and math.isfinite(value) else "–"


def rows() -> Iterator[str]:
    for case in CASES:
        files = sorted((DATA / case.folder).glob(case.pattern))
        for path in (file for file in files if not file.name.endswith(".peaks.csv")):
            name = f"{case.folder}/{path.name}"
            try:
                imported = import_entries(path, parse_request(**case.options))  # type: ignore[arg-type]
                kernel = Kernel({imported.device_id: Imported()})
                analysis = analyze_entries(imported.entries(), kernel)
            except BiofeedbackError as failure:
                yield f"| {name} | {case.words} | – | – | – | – | {failure} |"
                continue
            breathing = analysis.summary["breathing"]
            share = analysis.summary["share"]
            assert isinstance(breathing, dict)
            assert isinstance(share, dict)
            yield (
                f"| {name} | {case.words} | {number(analysis.summary['duration_s'], '.0f')} "
                f"| {breathing['breaths']} | {number(breathing['breath_rate_per_min'], '.1f')} "
                f"| {number(share['phase_angle_deg'], '+.0f')} "
                f"| {number(breathing['quality'], '.2f')} |"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=PAGE, help="page to write")
    options = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"{DATA} is absent; nothing to import")
    lines = [
        "| file | what | s | breaths | rate /min | phase ° | quality |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows():
        print(row, flush=True)
        lines.append(row)
    options.out.write_text(HEAD + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
