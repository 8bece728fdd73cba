"""Recordings of other people, as they lie in the world, become sessions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from biofeedback.core.entry import Packet
from biofeedback.core.imported import decode
from biofeedback.recording.importers import import_entries, parse_request

DATA = Path(__file__).parents[2] / "../shared/data"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no recordings beside it: {DATA}")

IMU1 = "sternum.quat=imu1_q_x,imu1_q_y,imu1_q_z,imu1_q_w"
CLIP = "sitting_breathingNormal"
SHIMMER = ",".join(f"Low Noise Accelerometer {axis} CAL" for axis in "XYZ")

# Pattern, options, and for each stream: rate in Hz (within 2 %) and least length in s.
FILES: list[tuple[str, dict[str, object], dict[str, tuple[float, float]]]] = [
    (
        "belts_2ch/hexoskin_*/*.npz",
        {"invert": ["chest", "abdomen"]},
        {"chest": (128, 290), "abdomen": (128, 290)},
    ),
    (
        "belts_2ch/hexoskin_*/*.npz",
        {
            "maps": ["abdomen=abdominal", "pelvis.acc=acc_x,acc_y,acc_z"],
            "units": ["pelvis.acc=count"],
        },
        {"abdomen": (128, 290), "pelvis_imu": (64, 290)},
    ),
    (
        "belts_2ch/flow_ble/*.csv.gz",
        {"time_column": "column_4"},
        {"chest": (10, 570), "abdomen": (10, 570)},
    ),
    ("breath_gt/bidmc/*.npz", {}, {"chest": (125, 479)}),
    (
        "breath_gt/vernier_imu/*[0-9].csv.gz",
        {"maps": ["chest=Force", IMU1], "time_column": "Timestamp"},
        {"chest": (10.3, 60), "sternum_imu": (10.3, 60)},
    ),
    ("breath_gt/flow_pq/*.csv.gz", {}, {"chest": (100, 33)}),
    ("unlabelled/neurokit*.npz", {}, {"chest": (100, 299)}),
    ("unlabelled/physio*.npz", {}, {"chest": (1000, 299)}),
    ("unlabelled/respinpeace*.npz", {}, {"chest": (200, 980)}),
    ("unlabelled/bitalino*.txt.gz", {"maps": ["chest=column_2"]}, {"chest": (1000, 38)}),
    (
        "imu_resp/respeck/*.npz",
        {
            "maps": [
                f"abdomen.acc={CLIP}.0,{CLIP}.1,{CLIP}.2",
                f"abdomen.gyro={CLIP}.3,{CLIP}.4,{CLIP}.5",
            ]
        },
        {"abdomen_imu": (25, 28)},
    ),
    ("imu_resp/phone/acc_[cs]*.csv.gz", {"maps": ["chest=data"]}, {"chest": (25, 150)}),
    (
        "imu_resp/phone/acc_normal.csv.gz",
        {"maps": ["chest=column_2"], "time_column": "column_1"},
        {"chest": (25, 300)},
    ),
    (
        "imu_resp/phone/breathing*.csv.gz",
        {
            "maps": [
                "sternum.acc=acc_x[mg],acc_y[mg],acc_z[mg]",
                "sternum.gyro=gyro_x[mdps],gyro_y[mdps],gyro_z[mdps]",
            ]
        },
        {"sternum_imu": (166, 46)},
    ),
    (
        "trunk_imu/mobgap/*.csv.gz",
        {
            "maps": ["pelvis.acc=acc_x,acc_y,acc_z", "pelvis.gyro=gyr_x,gyr_y,gyr_z"],
            "rates": ["100"],
        },
        {"pelvis_imu": (100, 10)},
    ),
    (
        "trunk_imu/trunkyxl/*.npz",
        {"maps": ["pelvis.acc=pelvis_L45.0,pelvis_L45.1,pelvis_L45.2"]},
        {"pelvis_imu": (50, 20)},
    ),
    (
        "trunk_imu/sway_belt/*.dat.gz",
        {"maps": [f"pelvis.acc={SHIMMER}"], "rates": ["128"]},
        {"pelvis_imu": (128, 10)},
    ),
]


@pytest.mark.parametrize(("pattern", "options", "expected"), FILES, ids=[row[0] for row in FILES])
def test_files_import_whole(
    pattern: str, options: dict[str, object], expected: dict[str, tuple[float, float]]
) -> None:
    paths = sorted(DATA.glob(pattern))
    assert paths
    for path in paths:
        imported = import_entries(path, parse_request(**options))  # type: ignore[arg-type]
        rows = dict.fromkeys(expected, 0)
        for entry in imported.entries():
            if isinstance(entry, Packet):
                for block in decode(entry.payload):
                    rows[block.info.stream_id] += len(block.time_ns)
        for stream in imported.streams:
            rate_hz, least_s = expected[stream.info.stream_id]
            assert stream.info.sample_rate_hz == pytest.approx(rate_hz, rel=0.02), path.name
            assert stream.time_s[-1] - stream.time_s[0] > least_s, path.name
            assert rows[stream.info.stream_id] == len(stream.time_s), path.name
            if stream.site.role.kind == "imu" and "acc_x_mps2" in stream.info.names:
                usual = np.nanmedian(np.linalg.norm(stream.values[:, :3], axis=1))
                assert usual == pytest.approx(9.8, rel=0.1), path.name
