"""How the simulated person has put on the two belts: gains, polarity, and which is where."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BELT_SITES", "Wearing"]

BELT_SITES = ("chest", "abdomen")


@dataclass(frozen=True, slots=True)
class Wearing:
    """One donning.

    Parameters
    ----------
    chest_mm_per_l, abdomen_mm_per_l : float
        Stretch of a belt by the volume of its compartment, mm/l, > 0.
    inverted : tuple of str
        Places where the reading falls when one breathes in.
    swapped : bool
        The belt called ``chest`` is around the abdomen, and the other way round.

    Raises
    ------
    ValueError
        If a gain is not above 0, or there is no such place.
    """

    chest_mm_per_l: float = 20.0
    abdomen_mm_per_l: float = 22.0
    inverted: tuple[str, ...] = ()
    swapped: bool = False

    def __post_init__(self) -> None:
        for site in BELT_SITES:
            if not self.mm_per_l(site) > 0:
                raise ValueError(f"{self.mm_per_l(site)} mm/l at the {site}; give more than 0")
        unknown = sorted(set(self.inverted) - set(BELT_SITES))
        if unknown:
            raise ValueError(f"no belt at {unknown}; there are: {', '.join(BELT_SITES)}")

    @property
    def volume_ratio(self) -> float:
        """K of ``volume ∝ K · chest + abdomen`` in mm of the places themselves."""
        return self.abdomen_mm_per_l / self.chest_mm_per_l

    def mm_per_l(self, site: str) -> float:
        """Return the stretch around a place by the volume of its compartment.

        Parameters
        ----------
        site : str
            One of :data:`BELT_SITES`.

        Returns
        -------
        gain_mm_per_l : float
        """
        return self.chest_mm_per_l if site == "chest" else self.abdomen_mm_per_l

    def reads(self, belt: str) -> tuple[str, float]:
        """Return the place a belt is really at, and the sign of what it reads there.

        Parameters
        ----------
        belt : str
            What the person calls it.

        Returns
        -------
        site : str
            One of :data:`BELT_SITES`.
        sign : float
            1, or −1 where it is worn inverted.
        """
        other = BELT_SITES[1 - BELT_SITES.index(belt)]
        site = other if self.swapped else belt
        return site, -1.0 if site in self.inverted else 1.0
