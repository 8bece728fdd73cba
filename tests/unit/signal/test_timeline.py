"""Timelines against simulated links, whose truth is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biofeedback.core.errors import StreamError
from biofeedback.core.ports import Clocking, Samples
from biofeedback.signal.timeline import BREAK_S, FAST_SLEW, SLEW
from tests.unit.signal.links import DELAY_S, START_S, Arrival, link, samples, timeline, told

LINKS = {
    "belt 10 Hz in batches": (10.0, (1, 3), 0.3),
    "imu 50 Hz": (50.0, (1, 1), 0.02),
    "strap 52 Hz in 0.7 s packets": (52.0, (36, 36), 0.7),
}


def test_the_reported_gap_pattern_of_a_belt() -> None:
    """Five readings 0.1 s apart, then two silences of 0.5 s whose samples come as one batch."""
    arrivals, number = [], 0
    while number < 3000:
        for n_samples in (1, 1, 1, 1, 1, 5, 5):
            taken_s = START_S + (number + n_samples - 1) / 10.0
            arrivals.append(Arrival(number, n_samples, taken_s + DELAY_S))
            number += n_samples
    result = told(arrivals, 10.0, "count", longest_packet_s=0.6)
    assert result.new_segment == []
    assert np.abs(result.error_s(10.0, 0.0)).max() < 1e-6


def test_stall_with_late_burst_moves_nothing() -> None:
    arrivals = link(50.0, 60.0, stalls=0.0, jitter_s=0.001)
    burst = [
        Arrival(a.first, a.n_samples, max(a.arrival_s, 31.5 + 0.001 * (a.first % 100)))
        if a.arrival_s > 30.0
        else a
        for a in arrivals
    ]
    for clocking in ("count", "counter", "device"):
        result = told(burst, 50.0, clocking)
        assert result.new_segment == []
        assert result.lost == 0
        assert np.abs(result.error_s(50.0, 0.0)[100:]).max() < 2e-3


@pytest.mark.parametrize("clocking", ["counter", "device"])
def test_holes_keep_their_length(clocking: Clocking) -> None:
    arrivals = [a for a in link(50.0, 60.0, skew=0.01) if not 1000 <= a.first < 1030]
    result = told(arrivals, 50.0, clocking)
    assert (result.lost, result.new_segment) == (30, [])
    assert np.abs(result.error_s(50.0, 0.01)[500:]).max() < 3e-3


@pytest.mark.parametrize("clocking", ["counter", "device"])
def test_a_long_hole_begins_a_segment_with_known_time(clocking: Clocking) -> None:
    arrivals = [a for a in link(50.0, 90.0, skew=0.01) if not 2000 <= a.first < 2200]
    result = told(arrivals, 50.0, clocking)
    assert (result.lost, result.new_segment) == (200, [2000])
    assert np.abs(result.error_s(50.0, 0.01)[500:]).max() < 3e-3


@pytest.mark.parametrize("n_lost", [1, 3, 12])
def test_count_finds_a_loss_by_lateness_that_stays(n_lost: int) -> None:
    arrivals = [
        a
        for a in link(10.0, 120.0, stalls=0.0, jitter_s=0.005)
        if not 600 <= a.first < 600 + n_lost
    ]
    result = told(arrivals, 10.0, "count")
    assert result.lost == n_lost
    assert len(result.new_segment) == 1
    found = result.new_segment[0]
    assert 600 + 20 <= found <= 600 + 35, "two seconds are waited for a burst"
    error_s = result.error_s(10.0, 0.0)
    assert np.abs(error_s[200:600]).max() < 5e-3
    assert np.abs(error_s[found:]).max() < 5e-3


def test_count_does_not_take_a_wrong_rate_for_losses() -> None:
    arrivals = link(50.0, 300.0, skew=0.1, stalls=0.0, jitter_s=0.002)
    result = told(arrivals, 50.0, "count")
    assert result.new_segment == []
    assert result.timeline.fits()[-1].rate_hz == pytest.approx(50.0 / 1.1, rel=1e-3)


@pytest.mark.parametrize("rate_hz", [10.0, 50.0])
def test_count_takes_no_congestion_for_losses(rate_hz: float) -> None:
    """Every 30 s lateness grows to 0.6 s within 4 s and shrinks again within 2 s."""
    arrivals, free_s = [], 0.0
    for a in link(rate_hz, 180.0, stalls=0.0):
        phase_s = (a.arrival_s + 15.0) % 30.0
        late_s = 0.15 * phase_s if phase_s < 4.0 else max(0.0, 0.6 - 0.3 * (phase_s - 4.0))
        free_s = max(a.arrival_s + late_s, free_s + 0.001)
        arrivals.append(Arrival(a.first, a.n_samples, free_s))
    result = told(arrivals, rate_hz, "count")
    assert (result.new_segment, result.lost) == ([], 0)


def test_count_gets_used_to_a_link_that_is_always_late() -> None:
    """One packet per sample, 20 ms apart, delayed by 50 ms on average: two seconds say little."""
    result = told(link(50.0, 300.0, jitter_s=0.05), 50.0, "count")
    assert len(result.new_segment) <= 1
    assert result.lost <= 3
    assert np.median(np.abs(result.error_s(50.0, 0.0))) < 5e-3


def test_count_finds_losses_one_by_one() -> None:
    """A packet of one to three samples is lost every 12 s or so; the count is right in the end."""
    random = np.random.default_rng(7)
    whole = link(10.0, 600.0, skew=0.01, batch=(1, 3), stalls=0.0)
    kept = [a for a in whole if random.random() > 1 / 60 or a.arrival_s > 590.0]
    true = sum(a.n_samples for a in whole) - sum(a.n_samples for a in kept)
    result = told(kept, 10.0, "count")
    assert true > 50
    assert result.lost == pytest.approx(true, abs=2)
    assert np.abs(result.error_s(10.0, 0.01)[-40:]).max() < 20e-3
    assert np.median(np.abs(result.error_s(10.0, 0.01))) < 5e-3


def test_count_repays_a_loss_that_was_none() -> None:
    """A link so slow that 3 s of lateness stay level, and then it catches up after all."""
    arrivals = [
        Arrival(a.first, a.n_samples, a.arrival_s + (0.5 if 60.0 < a.arrival_s < 64.0 else 0.0))
        for a in link(10.0, 180.0, stalls=0.0, jitter_s=0.002)
    ]
    result = told(arrivals, 10.0, "count")
    assert result.lost == 5
    error_s = result.error_s(10.0, 0.0)
    assert np.diff(result.t_s).min() > 0
    assert np.abs(error_s[1000:]).max() < 5e-3


@pytest.mark.parametrize("clocking", ["counter", "device"])
def test_restarted_sensor(clocking: Clocking) -> None:
    before = link(50.0, 60.0, skew=0.01)
    after = [
        Arrival(a.first, a.n_samples, a.arrival_s + 70.0)
        for a in link(50.0, 30.0, skew=0.01, seed=2)
    ]
    line = timeline(50.0, clocking)
    told(before, 50.0, clocking, line)
    result = told(after, 50.0, clocking, line)
    assert result.new_segment == [0]
    gap_s = 75.0 + DELAY_S - (START_S + 60.0 * 1.01 + DELAY_S)
    assert result.lost == pytest.approx(gap_s * 50.0 / 1.01, abs=5)
    assert np.abs(result.error_s(50.0, 0.01) - 70.0)[250:].max() < 3e-3, "the rate is still known"


def test_device_clock_that_jumps_ahead_was_restarted() -> None:
    arrivals = link(50.0, 60.0, stalls=0.0)
    line = timeline(50.0, "device")
    told(arrivals[:1500], 50.0, "device", line)
    result = told(arrivals[1500:], 50.0, "device", line, device_start_ns=9 * 10**17)
    assert result.new_segment == [0]
    assert result.lost <= 3
    assert np.abs(result.error_s(50.0, 0.0)[250:]).max() < 3e-3


def test_late_counter_that_pauses_is_shifted_by_the_pause() -> None:
    """A sensor that stops measuring for 3 s without telling, and numbers on as if nothing was."""
    arrivals = [
        Arrival(a.first, a.n_samples, a.arrival_s + (3.0 if a.first >= 1500 else 0.0))
        for a in link(50.0, 60.0, stalls=0.0)
    ]
    result = told(arrivals, 50.0, "counter")
    assert len(result.new_segment) == 1
    assert result.lost == 150
    assert np.abs(result.error_s(50.0, 0.0)[result.new_segment[0] :] - 3.0).max() < 25e-3


def test_repeated_packet_is_to_be_dropped() -> None:
    arrivals = link(50.0, 4.0, batch=(2, 2))
    twice = [a for pair in zip(arrivals, arrivals, strict=True) for a in pair]
    once, again = told(arrivals, 50.0, "counter"), told(twice, 50.0, "counter")
    kept = np.isfinite(again.t_s)
    assert kept.sum() * 2 == len(kept)
    assert again.t_s[kept].tobytes() == once.t_s.tobytes()
    assert (again.lost, again.new_segment) == (0, [])


def test_packet_that_repeats_in_part() -> None:
    line = timeline(10.0, "counter")
    line.place(Samples("force", 0, None, np.zeros((3, 1))), 0)
    placed = line.place(Samples("force", 2, None, np.zeros((2, 1))), 100_000_000)
    assert np.isfinite(placed.t_s).tolist() == [False, True]
    assert placed.lost == 0


@pytest.mark.parametrize("clocking", ["counter", "device"])
def test_interruption_keeps_a_clock_that_ran_on(clocking: Clocking) -> None:
    arrivals = link(50.0, 100.0, skew=0.01)
    line = timeline(50.0, clocking)
    told([a for a in arrivals if a.first < 2000], 50.0, clocking, line)
    line.interrupted()
    result = told([a for a in arrivals if a.first >= 3000], 50.0, clocking, line)
    assert (result.new_segment, result.lost) == ([0], 1000)
    assert np.abs(result.error_s(50.0, 0.01)).max() < 5e-3


def test_interruption_of_counted_samples_starts_at_the_arrival() -> None:
    arrivals = link(10.0, 100.0, skew=0.01)
    line = timeline(10.0, "count")
    told([a for a in arrivals if a.first < 600], 10.0, "count", line)
    line.interrupted()
    result = told([a for a in arrivals if a.first >= 700], 10.0, "count", line)
    assert result.new_segment == [0]
    assert result.lost == pytest.approx(100, abs=1)
    assert np.abs(result.error_s(10.0, 0.01)[50:]).max() < 5e-3


def test_interruption_before_the_first_packet_is_no_break() -> None:
    line = timeline(10.0, "count")
    line.interrupted()
    assert told(link(10.0, 1.0), 10.0, "count", line).new_segment == []


def test_given_times_are_taken_as_they_are() -> None:
    line = timeline(50.0, "given")
    ns = np.array([0, 20, 40, 60], dtype=np.int64) * 1_000_000
    placed = line.place(Samples("force", None, ns, np.zeros((4, 1))), 10**12)
    assert placed.t_s.tolist() == [0.0, 0.02, 0.04, 0.06]
    placed = line.place(Samples("force", None, ns + 60_000_000, np.zeros((4, 1))), 10**12)
    assert np.isnan(placed.t_s[0])
    assert placed.t_s[1:].tolist() == [0.08, 0.1, 0.12]
    placed = line.place(Samples("force", None, ns + 5 * 10**9, np.zeros((4, 1))), 10**12)
    assert placed.new_segment
    assert placed.lost == 243
    assert line.fits() == []


def test_given_times_that_do_not_grow_are_dropped() -> None:
    line = timeline(50.0, "given")
    ns = np.array([0, 20, 10, 15, 40], dtype=np.int64) * 1_000_000
    placed = line.place(Samples("force", None, ns, np.zeros((5, 1))), 0)
    assert np.isfinite(placed.t_s).tolist() == [True, True, False, False, True]


def test_fits_once_per_second() -> None:
    arrivals = link(50.0, 120.0, skew=0.01)
    result = told(arrivals, 50.0, "counter")
    fits = result.timeline.fits()
    assert len(fits) == 120
    last = fits[-1]
    assert last.stream == "sim/1/force"
    assert last.rate_hz == pytest.approx(50.0 / 1.01, rel=1e-4)
    assert last.t_s == last.decided_s == last.arrival_s - last.offset_s
    late_s = [a.arrival_s - (a.first / 50.0 * 1.01 + START_S + DELAY_S) for a in arrivals]
    assert last.residual_s == pytest.approx(1.4826 * np.median(late_s[-99:-49]), abs=1e-3)
    assert last.received == 119 * 50 + 1
    assert last.lost == 0
    assert result.timeline.fits() == []


def test_empty_packet_is_harmless() -> None:
    line = timeline(50.0, "counter")
    placed = line.place(Samples("force", 4, None, np.zeros((0, 1))), 0)
    assert (len(placed.t_s), placed.new_segment, placed.lost) == (0, False, 0)


@pytest.mark.parametrize("clocking", ["counter", "device", "given"])
def test_announced_clock_must_be_sent(clocking: Clocking) -> None:
    with pytest.raises(StreamError, match="sent none"):
        timeline(50.0, clocking).place(Samples("force", None, None, np.zeros((1, 1))), 0)


def test_slow_streams_are_not_broken_by_their_own_period() -> None:
    assert BREAK_S < 3.0
    arrivals = [Arrival(n, 1, 3.0 * n) for n in range(20)]
    assert told(arrivals, 1 / 3.0, "counter").new_segment == []


def test_a_lag_is_taken_off_and_changes_with_a_new_segment() -> None:
    arrivals = link(50.0, 60.0, stalls=0.0)
    line = timeline(50.0, "counter")
    told(arrivals[:1000], 50.0, "counter", line)
    line.set_lag(0.1)
    more = told(arrivals[1000:2000], 50.0, "counter", line)
    assert more.new_segment == [0]
    assert np.diff(more.t_s).min() > 0
    assert more.lost == 0
    assert np.abs(more.error_s(50.0, 0.0)[500:] + 0.1).max() < 3e-3
    line.set_lag(-0.05)
    less = told(arrivals[2000:], 50.0, "counter", line)
    assert less.new_segment == [0]
    assert np.abs(less.error_s(50.0, 0.0) - 0.05).max() < 5e-3


def test_a_lag_moves_no_time_back() -> None:
    """What comes after the change is later than what was given out before it."""
    for clocking in ("counter", "count", "device"):
        arrivals = link(50.0, 60.0, stalls=0.0)
        line = timeline(50.0, clocking)
        before = told(arrivals[:1000], 50.0, clocking, line).t_s
        line.set_lag(0.4)
        after = told(arrivals[1000:], 50.0, clocking, line).t_s
        assert after[0] > before[-1]


def test_a_lag_of_given_times() -> None:
    line = timeline(50.0, "given")
    ns = np.array([0, 20, 40], dtype=np.int64) * 1_000_000
    line.place(Samples("force", None, ns, np.zeros((3, 1))), 0)
    line.set_lag(0.03)
    placed = line.place(Samples("force", None, ns + 60_000_000, np.zeros((3, 1))), 0)
    assert placed.new_segment
    assert placed.lost == 0
    assert np.isnan(placed.t_s[0])
    assert placed.t_s[1:] == pytest.approx([0.05, 0.07])


def test_a_packet_says_how_late_it_came_and_how_well_its_time_is_known() -> None:
    line = timeline(50.0, "counter")
    arrivals = link(50.0, 60.0, stalls=0.0, jitter_s=0.001)
    told(arrivals, 50.0, "counter", line)
    late = Arrival(3000, 1, arrivals[-1].arrival_s + 0.3)
    placed = line.place(samples(late, 50.0, "counter"), round(late.arrival_s * 1e9))
    assert placed.residual_s == pytest.approx(0.28, abs=0.01)
    assert placed.se_s < 0.002


@pytest.mark.parametrize("clocking", ["counter", "count", "device"])
@pytest.mark.parametrize("kind", LINKS)
def test_errors_are_within_twice_what_is_said(kind: str, clocking: Clocking) -> None:
    rate_hz, batch, longest_s = LINKS[kind]
    within: list[bool] = []
    for seed, skew in enumerate((-0.015, 0.0, 0.015)):
        line = timeline(rate_hz, clocking, longest_s)
        for arrival in link(rate_hz, 60.0, skew=skew, batch=batch, seed=seed):
            placed = line.place(samples(arrival, rate_hz, clocking), round(arrival.arrival_s * 1e9))
            last = arrival.first + arrival.n_samples - 1
            true_s = last / rate_hz * (1.0 + skew) + START_S + DELAY_S
            within.append(abs(float(placed.t_s[-1]) - true_s) <= 2.0 * placed.se_s)
    assert np.mean(within) > 0.95


def test_a_loss_not_found_yet_makes_the_clock_uncertain() -> None:
    arrivals = [a for a in link(10.0, 120.0, stalls=0.0) if not 600 <= a.first < 605]
    line = timeline(10.0, "count")
    said_s = {
        a.first: line.place(samples(a, 10.0, "count"), round(a.arrival_s * 1e9)).se_s
        for a in arrivals
    }
    assert said_s[599] < 0.005
    assert max(said_s[number] for number in range(612, 620)) > 0.4
    assert said_s[900] < 0.005


def test_what_comes_again_is_counted() -> None:
    arrivals = link(50.0, 10.0, batch=(2, 2))
    result = told([*arrivals[:100], arrivals[99], *arrivals[100:]], 50.0, "counter")
    assert result.timeline.fits()[-1].duplicates == 2


packets = st.lists(
    st.tuples(
        st.integers(1, 5),  # samples
        st.integers(-60, 400).map(lambda n: max(n, 0) if n > -55 else n),  # counter jump
        st.floats(0.0, 4.0),  # lateness
        st.booleans(),  # interrupted before
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=200)
@given(
    packets, st.sampled_from(["counter", "count", "device"]), st.sampled_from([3.0, 10.0, 100.0])
)
def test_any_schedule_gives_growing_times_without_steps(
    schedule: list[tuple[int, int, float, bool]], clocking: Clocking, rate_hz: float
) -> None:
    line = timeline(rate_hz, clocking)
    counter, last_s = 1000, -np.inf
    for n_samples, jump, late_s, interrupted in schedule:
        counter += jump
        if interrupted:
            line.interrupted()
        arrival = Arrival(counter, n_samples, (counter - 1000) / rate_hz + late_s)
        placed = line.place(samples(arrival, rate_hz, clocking), round(arrival.arrival_s * 1e9))
        counter += n_samples
        t_s = placed.t_s[np.isfinite(placed.t_s)]
        assert len(placed.t_s) == n_samples
        assert placed.lost >= 0
        if len(t_s) == 0:
            continue
        steps_s = np.diff(np.concatenate(([last_s], t_s)))
        assert (steps_s > 0).all()
        assert steps_s[1:].max(initial=0.0) < 2.0 / rate_hz
        last_s = float(t_s[-1])


@settings(max_examples=30)
@given(st.integers(0, 120), st.sampled_from(["counter", "count", "device"]))
def test_times_depend_on_the_past_only(cut: int, clocking: Clocking) -> None:
    arrivals = link(10.0, 30.0, batch=(1, 3))
    whole = told(arrivals, 10.0, clocking).t_s
    part = told(arrivals[: cut + 1], 10.0, clocking).t_s
    assert whole[: len(part)].tobytes() == part.tobytes()


@pytest.mark.parametrize(("sooner_s", "slew"), [(0.03, SLEW), (0.2, FAST_SLEW)])
def test_slew_is_bounded(sooner_s: float, slew: float) -> None:
    """A settled link gets faster: time runs slow by so much at most until that is made good."""
    arrivals = [
        Arrival(a.first, 1, a.arrival_s - (sooner_s if a.arrival_s > 40.0 else 0.0))
        for a in link(50.0, 120.0, jitter_s=0.0, stalls=0.0)
        if not 40.0 < a.arrival_s < 40.0 + sooner_s
    ]
    result = told(arrivals, 50.0, "device")
    rates = np.diff(result.t_s) / np.diff(result.number) * 50.0
    assert rates.min() == pytest.approx(1.0 - slew, abs=0.01)
    assert np.abs(result.error_s(50.0, 0.0)[-500:] + sooner_s).max() < 1e-3


@pytest.mark.parametrize("late_s", [0.09, 0.5])
def test_a_late_start_is_made_good_before_the_clock_counts_as_settled(late_s: float) -> None:
    """The first packet is late: time runs slow by 10 % until that is made good."""
    arrivals = link(50.0, 30.0, jitter_s=0.0, stalls=0.0)
    late = [Arrival(0, 1, arrivals[0].arrival_s + late_s), *arrivals[1:]]
    result = told(late, 50.0, "counter")
    rates = np.diff(result.t_s) * 50.0
    assert rates.min() == pytest.approx(1.0 - FAST_SLEW, abs=2e-3)
    assert result.error_s(50.0, 0.0)[0] == pytest.approx(late_s)
    assert np.abs(result.error_s(50.0, 0.0)[round(500 * late_s) + 250 :]).max() < 1e-3
    assert np.abs(result.error_s(50.0, 0.0)[-500:]).max() < 1e-3


def test_wide_counter_loses_nothing() -> None:
    far: Callable[[int], Arrival] = lambda n: Arrival(2**40 + n, 1, n / 50.0)  # noqa: E731
    result = told((far(n) for n in range(500)), 50.0, "counter")
    assert np.diff(result.t_s) == pytest.approx(0.02, abs=1e-9)
