"""Moving on purpose is not sway."""

from __future__ import annotations

from biofeedback.core.results import CommandHeard, Sway
from biofeedback.signal.quiet_sway import quiet_sways


def said(at_s: float, name: str) -> CommandHeard:
    arguments = (("name", name),)
    return CommandHeard(t_s=at_s, decided_s=at_s, arrival_s=at_s, name="task", arguments=arguments)


def window(end_s: float) -> Sway:
    return Sway(
        t_s=end_s, decided_s=end_s, arrival_s=end_s, role="pelvis_imu", start_s=end_s - 30.0,
        rms_mps2=0.1, rms_ap_mps2=0.1, rms_ml_mps2=0.1, mean_distance_mps2=0.1, path_mps2=1.0,
        mean_velocity_mps3=0.1, ellipse_m2ps4=0.1, mean_frequency_hz=0.3, jerk_m2ps5=0.1,
        tilt_rms_deg=0.3, valid=1.0,
    )  # fmt: skip


def test_windows_in_which_one_was_asked_to_move_are_left_out() -> None:
    windows = [window(end_s) for end_s in range(30, 300, 30)]
    events = [said(60, "lift"), said(125, "walk"), said(170, "stand"), said(270, "heel_slide")]
    kept = [one.t_s for one in quiet_sways([*windows, *events])]
    assert kept == [30, 60, 210, 240, 270]


def test_without_a_task_all_are_kept() -> None:
    assert len(quiet_sways([window(30), window(60), said(70, ""), window(90)])) == 3
