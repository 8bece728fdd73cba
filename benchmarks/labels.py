"""Labels against what really happened: simulated people, and recordings of coughs and speech.

A mark of a recording counts as found when a labelled breath lies within 0.5 s of it. Recordings are
read from ``../shared/data`` beside the project and left out where they are not.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from biofeedback import Analysis, analyze_arrays
from biofeedback.core.labels import BeltsCoupled, BreathLabel
from biofeedback.core.stream import Event, FloatArray
from firmware_sim.body import Interval
from firmware_sim.scenarios import scenario
from firmware_sim.sensors import BeltForce

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "belts_2ch"
DURATION_S, BELT_HZ = 300.0, 20.0
SCENARIOS = (
    "talker",
    "cough",
    "slipping_belt",
    "quiet",
    "slow",
    "fast",
    "irregular",
    "belly_breather",
    "chest_breather",
)
MARKS = (
    "cough, sitting",
    "cough, standing",
    "throat cleared",
    "slight cough",
    "laugh",
    "startle",
    "sentence",
    "deep breath",
)
SENTENCE, DEEP = 6, 7
TOLERANCE_S = 0.5
SENTENCE_S = 12.0
"""A sentence is read every 12 s or so; a mark falls somewhere within."""

Spans = list[tuple[float, float]]


def spans(events: Sequence[Event], label: str) -> Spans:
    """Return onset and end of the breaths with a label."""
    return [
        (event.onset_s, event.end_s)
        for event in events
        if isinstance(event, BreathLabel) and event.label == label
    ]


def touching(found: Spans, start_s: float, end_s: float) -> bool:
    """Tell whether a labelled breath reaches into a stretch of time."""
    return any(onset_s <= end_s and breath_end_s >= start_s for onset_s, breath_end_s in found)


def outside(found: Spans, allowed: Sequence[Interval]) -> int:
    """Count labelled breaths that touch no stretch in which that really happened."""
    return sum(
        not any(onset_s < one.end_s and end_s > one.start_s for one in allowed)
        for onset_s, end_s in found
    )


def simulated(seeds: Sequence[int]) -> dict[str, float]:
    """Sensitivity by breath for speech, by event for coughs and slips; false labels per hour."""
    spoken = spoken_found = coughs = coughs_found = slips = slips_found = 0
    false = {"speech": 0, "cough": 0, "interrupted": 0}
    coupled = 0
    for name in SCENARIOS:
        for seed in seeds:
            body = scenario(name, DURATION_S, seed)
            t_s = np.arange(0.0, DURATION_S, 1.0 / BELT_HZ)
            chest, abdomen = (
                (t_s, BeltForce(body, site, seed).sample_n(t_s)) for site in ("chest", "abdomen")
            )
            analysis = analyze_arrays(chest=chest, abdomen=abdomen)
            truth, events = body.truth, analysis.events
            speech, cough = spans(events, "speech"), spans(events, "cough")
            for breath in analysis.breaths:
                if any(one.start_s < breath.peak_s < one.end_s for one in truth.talks):
                    spoken += 1
                    spoken_found += (breath.onset_s, breath.end_s) in speech
            coughs += len(truth.coughs)
            coughs_found += sum(touching(cough, one.start_s, one.end_s) for one in truth.coughs)
            interrupted = spans(events, "interrupted")
            slips += len(truth.slips)
            slips_found += sum(touching(interrupted, s.start_s, s.end_s) for s in truth.slips)
            false["speech"] += outside(speech, truth.talks)
            false["cough"] += outside(cough, truth.coughs)
            false["interrupted"] += outside(interrupted, (*truth.slips, *truth.postures))
            coupled += sum(isinstance(event, BeltsCoupled) for event in events)
    hours = len(SCENARIOS) * len(seeds) * DURATION_S / 3600.0
    return {
        "hours": hours,
        "spoken_breaths": spoken,
        "speech_sensitivity": spoken_found / spoken,
        "coughs": coughs,
        "cough_sensitivity": coughs_found / coughs,
        "slips": slips,
        "slip_sensitivity": slips_found / slips,
        **{f"false_{name}_per_h": count / hours for name, count in false.items()},
        "coupled_warnings": coupled,
    }


def recordings(folder: str) -> Iterator[tuple[str, Analysis, FloatArray, FloatArray]]:
    """Yield name, analysis, and times and codes of the marks, of each two-band recording."""
    for path in sorted((DATA / folder).glob("*.npz")):
        with np.load(path) as file:
            t_s = np.arange(len(file["thoracic"])) / float(file["fs_resp"])
            # The shirt's counts fall on inspiration.
            chest, abdomen = (-file[band].astype(float) for band in ("thoracic", "abdominal"))
            marked = "event_time_s" in file
            at_s = file["event_time_s"] if marked else np.empty(0)
            code = file["event_code"] if marked else np.empty(0)
        yield path.stem, analyze_arrays(chest=(t_s, chest), abdomen=(t_s, abdomen)), at_s, code


def scripted() -> dict[str, object]:
    """Marks found, by what was done; labels where nothing of the kind was done."""
    cough_found = dict.fromkeys(MARKS, 0)
    speech_found = dict.fromkeys(MARKS, 0)
    marks = dict.fromkeys(MARKS, 0)
    quiet_s = false_cough = deep_s = false_speech = coupled = 0.0
    for _, analysis, at_s, code in recordings("hexoskin_cough"):
        cough, speech = spans(analysis.events, "cough"), spans(analysis.events, "speech")
        for mark_s, number in zip(at_s, code.astype(int), strict=True):
            marks[MARKS[number]] += 1
            near = (mark_s - TOLERANCE_S, mark_s + TOLERANCE_S)
            cough_found[MARKS[number]] += touching(cough, *near)
            speech_found[MARKS[number]] += touching(speech, *near)
        # From the sentences on nobody coughs; from the deep breaths on nobody speaks.
        sentences_s = at_s[code == SENTENCE].min() - TOLERANCE_S
        deep_from_s, end_s = at_s[code == DEEP].min() - TOLERANCE_S, at_s.max() + TOLERANCE_S
        quiet_s += end_s - sentences_s
        deep_s += end_s - deep_from_s
        false_cough += sum(onset_s > sentences_s for onset_s, _ in cough)
        false_speech += sum(onset_s > deep_from_s for onset_s, _ in speech)
        coupled += sum(isinstance(event, BeltsCoupled) for event in analysis.events)
    return {
        "marks": marks,
        "cough": cough_found,
        "speech": speech_found,
        "hours_without_cough": quiet_s / 3600.0,
        "false_cough_per_h": false_cough / quiet_s * 3600.0,
        "hours_without_speech": deep_s / 3600.0,
        "false_speech_per_h": false_speech / deep_s * 3600.0,
        "coupled_warnings": coupled,
    }


def unscripted() -> dict[str, dict[str, float]]:
    """Labels per hour where nobody said what was done: rest, and daily activities."""
    rows: dict[str, dict[str, float]] = {}
    for folder in ("hexoskin_lsl", "hexoskin_harlab"):
        hours, breaths = 0.0, 0
        counts = {"speech": 0, "cough": 0, "interrupted": 0}
        coupled = 0
        for _, analysis, _, _ in recordings(folder):
            hours += float(analysis.table.t_s[-1] - analysis.table.t_s[0]) / 3600.0
            breaths += len(analysis.breaths)
            for name in counts:
                counts[name] += len(spans(analysis.events, name))
            coupled += sum(isinstance(event, BeltsCoupled) for event in analysis.events)
        if hours:
            per_h = {f"{name}_per_h": count / hours for name, count in counts.items()}
            rows[folder] = {"hours": hours, "breaths": breaths, **per_h, "coupled": coupled}
    return rows


def main(arguments: Sequence[str]) -> int:
    """Run everything, print, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=4, help="people per scenario")
    parser.add_argument("--json", type=Path, help="where figures are written")
    asked = parser.parse_args(arguments)
    figures: dict[str, object] = {"simulated": simulated(range(1, asked.seeds + 1))}
    if DATA.is_dir():
        figures |= {"scripted": scripted(), "unscripted": unscripted()}
    else:
        print(f"recordings left out: {DATA} is not there", file=sys.stderr)
    text = json.dumps(figures, indent=1)
    print(text)
    if asked.json is not None:
        asked.json.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
