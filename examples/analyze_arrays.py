"""Two belts in arrays: rate, and how chest and belly move together."""

import numpy as np

from biofeedback import analyze_arrays


def main() -> None:
    t_s = np.arange(0, 120, 0.04)
    chest = np.sin(2 * np.pi * 0.25 * t_s)
    abdomen = 1.4 * np.sin(2 * np.pi * 0.25 * (t_s + 0.2))
    analysis = analyze_arrays(chest=(t_s, chest), abdomen=(t_s, abdomen))
    breathing, share = analysis.summary["breathing"], analysis.summary["share"]
    print(f"{breathing['breaths']} breaths, {breathing['breath_rate_per_min']:.1f} a minute")
    print(f"phase angle {share['phase_angle_deg']:+.0f} degrees: the belly leads when positive")
    for breath in analysis.breaths[:3]:
        print(f"peak at {breath.peak_s:.2f} s, known at {breath.peak_decided_s:.2f} s")


if __name__ == "__main__":
    main()
