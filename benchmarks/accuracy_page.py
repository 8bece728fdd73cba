"""Write docs/accuracy.md, and its figure, from what the accuracy benchmarks left in a folder."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["page"]

DOCS = Path(__file__).resolve().parents[1] / "docs"
BARS = {
    "vernier sit": (0.995, 0.996),
    "vernier stand": (0.990, 0.993),
    "vernier walk": (0.955, 0.965),
    "vernier run": (0.945, 0.960),
    "bidmc 1": (0.950, 0.955),
    "bidmc 2": (0.950, 0.955),
}
"""What was set as the least F1 of ours, live and refined, before the figures were known."""
INTRO = """# Accuracy

How well breaths, shares and rates are found, on labelled recordings of others and on the simulated
person, beside the offline libraries in the same run. Made by `make accuracy`; every figure here is
from that run. The recordings are not part of the project; parameters were chosen by reason
([breath timing](metrics/breath_timing.md)) and not fitted to them.

*Live* is what was known at once: a breath counts when its peak was decided within 1.0 s (or 0.35 of
the breath, where that is longer) and was never revised. *Refined* is the same detector with a
zero-phase front, run over the whole recording afterwards.
"""
LABELLED = """## Labelled recordings

Peaks of inspiration, one to one within 0.5 s, first 10 s left out; mean F1 per recording with
its 95 % bootstrap interval over recordings, and the mean of the median absolute errors. The
vernier labels were set by hand on a force belt, those of bidmc by two annotators on chest
impedance; one of them scored against the other reaches 0.95, so figures near that are as good
as human.
"""
LOST = """A last breath whose peak is labelled 0.1 or 0.3 s before the recording ends is counted as
missed live, though nobody could know it in time. With the last 1.0 s of every recording left out,
which is what a live decision may take, live is:
{due}.

Three breaths of the sit recordings are labelled once, between two rises of the belt with a fall of
at least a third of a breath between them; ours reports both.
"""
AGAINST = """Against the best peer, and the bar set beforehand; timing error of ours live and of the
quickest peer:
"""
SIMULATED = """## Simulated person, exact truth

Onsets of inspiration, two belts at 50 Hz, four people of five minutes each; first 10 s and last 2 s
left out. Peers give troughs, which lie before an onset whenever there is a pause: 1.0 s tells what
they find, 0.5 s how well they place it.
"""
BELTS = """## Two belts, each alone and both

F1 within 0.5 s between the live peaks of the same recording. Where chest and abdomen move out of
step, their peaks are at different times and cannot agree; of the breaths that are in step, the part
each belt alone finds is told besides.
"""
NOT_COMPARED = """## What could not be compared

- The open set of two belts against mouth flow (PhysioNet pressure-flow-circum-cpap) was not
  available here: onsets and shares have no real reference, only the simulated one below.
- flow_pq is mouth flow, not a belt, and its 35 s are short for the warm-up: not scored.
- The peers have no live mode: they see the whole recording, ours does not.
- Marks of the Hexoskin device are its maker's algorithm, not a truth.
"""


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay rows out as a table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def number(value: float, form: str = "{:.3f}") -> str:
    """Write a number, a dash when there is none."""
    return form.format(value) if math.isfinite(value) else "–"


def labelled(figures: Mapping[str, Any], docs: Path) -> str:
    """The comparison on labelled recordings, with its figure."""
    scores = figures["f1"]
    groups = list(figures["recordings"])
    rows = [
        [
            method,
            *(
                f"{s['mean']:.3f} ({s['ci95'][0]:.3f}–{s['ci95'][1]:.3f}), "
                f"{1e3 * s['median_abs_error_s']:.0f} ms"
                for s in (by_group[group] for group in groups)
            ),
        ]
        for method, by_group in scores.items()
    ]
    heads = ["F1, timing error", *(f"{g} (n {figures['recordings'][g]})" for g in groups)]
    peers = [method for method in scores if not method.startswith("ours")]
    verdicts = []
    for group in groups:
        live, refined = (scores[f"ours, {kind}"][group] for kind in ("live, in time", "refined"))
        best = max(peers, key=lambda peer: scores[peer][group]["mean"], default="")
        bar = BARS[group]
        quickest = min(
            (scores[peer][group]["median_abs_error_s"] for peer in peers), default=math.nan
        )
        verdicts.append(
            [
                group,
                f"{scores[best][group]['mean']:.3f} {best}" if best else "–",
                f"{live['mean']:.4f} / {bar[0]:.3f}{verdict(live['mean'], bar[0])}",
                f"{refined['mean']:.4f} / {bar[1]:.3f}{verdict(refined['mean'], bar[1])}",
                f"{1e3 * live['median_abs_error_s']:.0f} / {1e3 * quickest:.0f} ms",
            ]
        )
    due = figures["last_second_left_out"]
    picture(figures, docs / "images" / "accuracy.svg")
    versions = ", ".join(f"{name}: {found}" for name, found in figures["peers"].items())
    return "\n".join(
        (
            LABELLED,
            "![F1 of each method with intervals](images/accuracy.svg)\n",
            table(heads, rows),
            AGAINST,
            table(["set", "best peer", "live / bar", "refined / bar", "error"], verdicts),
            LOST.format(due=", ".join(f"{g} {f1:.4f}" for g, f1 in due.items())),
            f"Peers, with their default settings: {versions}.\n",
        )
    )


def verdict(value: float, bar: float) -> str:
    """Say when a bar is not reached."""
    return "" if value >= bar else " **missed**"


def picture(figures: Mapping[str, Any], path: Path) -> None:
    """Draw F1 with intervals."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "biofeedback"
    import matplotlib.pyplot as plt

    groups = list(figures["recordings"])
    drawn, axes = plt.subplots(figsize=(9, 4))
    for place, (method, by_group) in enumerate(figures["f1"].items()):
        means = [by_group[group]["mean"] for group in groups]
        spread = [
            [by_group[g]["mean"] - by_group[g]["ci95"][0] for g in groups],
            [by_group[g]["ci95"][1] - by_group[g]["mean"] for g in groups],
        ]
        at = [index + 0.1 * (place - 3) for index in range(len(groups))]
        marker = "o" if method.startswith("ours") else "s"
        axes.errorbar(at, means, spread, fmt=marker, markersize=4, capsize=2, label=method)
    axes.set_xticks(range(len(groups)), groups)
    axes.set_ylabel("F1 within 0.5 s")
    axes.set_ylim(0.4, 1.01)
    axes.legend(fontsize=7, loc="lower left")
    drawn.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    drawn.savefig(path, metadata={"Date": None})
    plt.close(drawn)


def sensitivity(worst: Mapping[str, Mapping[str, float]]) -> str:
    """Largest change of F1 with each parameter moved by a fifth."""
    groups = list(next(iter(worst.values())))
    rows = [[name, *(f"{by_set[g]:.4f}" for g in groups)] for name, by_set in worst.items()]
    most = max(max(by_set.values()) for by_set in worst.values())
    return (
        "## Not fitted\n\nLargest change of mean F1 with one parameter 20 % smaller or larger; "
        f"the largest of all is {most:.4f}:\n\n" + table(["parameter", *groups], rows)
    )


def simulated(figures: Mapping[str, Any]) -> str:
    """Onsets against exact truth."""
    rows = [
        [
            name,
            f"{r['f1_05']:.3f} / {r['f1_10']:.3f}",
            f"{r['refined_05']:.3f} / {r['refined_10']:.3f}",
            f"{r['peer_05']:.3f} / {r['peer_10']:.3f}",
            f"{1e3 * r['bias_s']:+.0f} ± {1e3 * r['sd_s']:.0f} ms",
            f"{r['provisional_p50_s']:.2f} / {r['provisional_p95_s']:.2f}",
            f"{r['latency_p50_s']:.2f} / {r['latency_p95_s']:.2f}",
            f"{r['rate_mae']:.2f}",
        ]
        for name, r in figures["situations"].items()
    ]
    heads = [
        *("situation", "live F1 at 0.5 / 1.0 s", "refined", "NeuroKit2 khodadad2018, troughs"),
        *("onset error", "provisional after, p50 / p95 s", "confirmed after, s", "rate MAE /min"),
    ]
    sweep = [
        [rate, f"{r['f1_05']:.3f} / {r['f1_10']:.3f}", f"{r['rate_mae']:.2f}"]
        for rate, r in figures["rates"].items()
    ]
    h = figures["holds"]
    return "\n".join(
        (
            SIMULATED,
            table(heads, rows),
            "Rates from 4 to 40 per minute:\n",
            table(["rate /min", "live F1 at 0.5 / 1.0 s", "rate MAE /min"], sweep),
            f"Holds of 3 to 20 s with only the heart moving the belts: {h['found']:.0f} of "
            f"{h['asked']:.0f} found,\n"
            f"start {h['start_bias_s']:+.2f} ± {h['start_sd_s']:.2f} s, "
            f"length {h['length_bias_s']:+.2f} ± {h['length_sd_s']:.2f} s,\n"
            f"false alarms {h['false_alarms_per_h']:.1f} per hour (rest, slow, speech).\n",
        )
    )


def belts(figures: Mapping[str, Mapping[str, float]]) -> str:
    """Each belt alone against both."""
    rows = [
        [
            name,
            f"{r['breaths']:.0f}",
            *(number(r[k]) for k in ("chest_with_both", "abdomen_with_both", "chest_with_abdomen")),
            number(r["out_of_step_pct"], "{:.0f}"),
            *(number(r[k]) for k in ("in_step_by_chest", "in_step_by_abdomen")),
            number(r["device"]),
        ]
        for name, r in figures.items()
    ]
    heads = [
        *("recording", "breaths", "chest alone : both", "abdomen alone : both"),
        *("chest : abdomen", "out of step %", "in step, chest finds", "abdomen finds"),
        "both : device",
    ]
    return BELTS + "\n" + table(heads, rows)


def separation(text: str) -> str:
    """Shares and phase, as their benchmark tells them."""
    return f"## Chest against belly, simulated\n\n```text\n{text.strip()}\n```\n"


def motion(text: str) -> str:
    """Breathing from motion sensors, as its benchmark tells it."""
    return f"## Breathing from motion sensors\n\n```text\n{text.strip()}\n```\n"


def page(folder: Path, docs: Path = DOCS) -> str:
    """Put the page together from the files there are.

    Parameters
    ----------
    folder : Path
        Holds ``accuracy.json`` and, where they were run, the others.
    docs : Path
        Where the figure goes.

    Returns
    -------
    text : str
    """

    def read(name: str) -> Any:
        path = folder / name
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None

    parts = [INTRO]
    if (figures := read("accuracy.json")) is not None:
        parts.append(labelled(figures, docs))
    if (figures := read("sensitivity.json")) is not None:
        parts.append(sensitivity(figures["worst"]))
    if (figures := read("accuracy_simulated.json")) is not None:
        parts.append(simulated(figures))
    if (figures := read("accuracy_belts.json")) is not None:
        parts.append(belts(figures))
    for name, write in (("separation.txt", separation), ("imu_breathing.txt", motion)):
        if (folder / name).is_file():
            parts.append(write((folder / name).read_text(encoding="utf-8")))
    return "\n".join([*parts, NOT_COMPARED])


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--docs", type=Path, default=DOCS)
    options = parser.parse_args()
    (options.docs / "accuracy.md").write_text(page(options.folder, options.docs), encoding="utf-8")


if __name__ == "__main__":
    main()
