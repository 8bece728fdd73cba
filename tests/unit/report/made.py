"""A made session: two sines on two belts, through the real importer's packets and kernel."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from biofeedback.core.entry import Command, Entry, LinkChange, Packet
from biofeedback.core.imported import ImportedBlock, encode
from biofeedback.core.stream import Channel, StreamInfo
from biofeedback.drivers.protocols.imported import Imported
from biofeedback.session.kernel import Kernel
from biofeedback.session.offline import Analysis, analyze_entries

DEVICE = "imported/made"
RATE_HZ = 25.0


def made_entries(
    rate_per_min: float = 15.0,
    length_s: float = 150.0,
    abdomen_leads_s: float = 0.1,
    abdomen: bool = True,
    abdomen_gap_s: tuple[float, float] | None = None,
) -> list[Entry]:
    t_s = np.arange(0, length_s, 1 / RATE_HZ)
    turn = 2 * np.pi * rate_per_min / 60
    values = {"chest": np.sin(turn * t_s)}
    if abdomen:
        values["abdomen"] = 1.5 * np.sin(turn * (t_s + abdomen_leads_s))
    entries: list[Entry] = [LinkChange(0, DEVICE, "open")]
    entries += [
        Command(0, "assign", {"stream": f"{DEVICE}/{site}", "role": f"{site}_belt"})
        for site in values
    ]
    for start_s in np.arange(0, length_s, 5.0):
        blocks = []
        for site, column in values.items():
            rows = (t_s >= start_s) & (t_s < start_s + 5.0)
            if site == "abdomen" and abdomen_gap_s is not None:
                rows &= (t_s < abdomen_gap_s[0]) | (t_s >= abdomen_gap_s[1])
            info = StreamInfo(site, (Channel("excursion", "a.u."),), RATE_HZ)
            time_ns = np.rint(t_s[rows] * 1e9).astype(np.int64)
            blocks.append(ImportedBlock(info, "belt", time_ns, column[rows][:, None]))
        last_ns = int(max(block.time_ns[-1] for block in blocks if len(block.time_ns)))
        entries.append(Packet(last_ns, DEVICE, "rx", "imported", encode(blocks)))
    return entries


@lru_cache(maxsize=8)
def made_session(
    rate_per_min: float = 15.0,
    abdomen_leads_s: float = 0.1,
    abdomen: bool = True,
    abdomen_gap_s: tuple[float, float] | None = None,
) -> Analysis:
    entries = made_entries(
        rate_per_min,
        abdomen_leads_s=abdomen_leads_s,
        abdomen=abdomen,
        abdomen_gap_s=abdomen_gap_s,
    )
    return analyze_entries(entries, Kernel({DEVICE: Imported()}))
