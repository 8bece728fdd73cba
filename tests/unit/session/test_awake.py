from __future__ import annotations

from biofeedback.session.awake import kept_awake


def test_the_block_runs_whether_or_not_the_platform_agrees() -> None:
    with kept_awake() as promised:
        ran = True
    assert ran
    assert isinstance(promised, bool)
