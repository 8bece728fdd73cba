"""docs/trunk.md holds the capability table as it is in the code."""

from __future__ import annotations

from biofeedback.core.capability import MEASURES, ways
from biofeedback.core.roles import Role
from tests.meta.source import PROJECT

KITS: dict[str, tuple[Role, ...]] = {
    "pelvis": (Role.PELVIS_IMU,),
    "low back": (Role.BACK_IMU,),
    "sternum": (Role.STERNUM_IMU,),
    "belly": (Role.ABDOMEN_IMU,),
    "sternum, belly": (Role.STERNUM_IMU, Role.ABDOMEN_IMU),
    "low back, pelvis": (Role.BACK_IMU, Role.PELVIS_IMU),
    "both belts": (Role.CHEST_BELT, Role.ABDOMEN_BELT),
    "both belts, pelvis": (Role.CHEST_BELT, Role.ABDOMEN_BELT, Role.PELVIS_IMU),
}


def as_markdown() -> str:
    """The table; a number stands for a reserve, which follows below it."""
    found = {kit: ways(roles) for kit, roles in KITS.items()}
    caveats: list[str] = []
    lines = [f"| | {' | '.join(KITS)} |", "|---" * (len(KITS) + 1) + "|"]
    for one in MEASURES:
        cells = []
        for kit in KITS:
            way = found[kit][one.name]
            if way is not None and way.caveat and way.caveat not in caveats:
                caveats.append(way.caveat)
            mark = "" if way is None else "yes"
            cells.append(
                f"{mark} ({caveats.index(way.caveat) + 1})" if way and way.caveat else mark
            )
        lines.append(f"| [{one.name}](metrics/{one.page}.md) | {' | '.join(cells)} |")
    notes = [f"{number}. {text}" for number, text in enumerate(caveats, 1)]
    return "\n".join([*lines, "", *notes])


def test_the_page_says_what_the_code_says() -> None:
    page = (PROJECT / "docs" / "trunk.md").read_text(encoding="utf-8")
    assert as_markdown() in page, as_markdown()
