"""Registers of WitMotion modules: numbers, codes, and a store behind a lock."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

__all__ = ["BAUDS", "LIVE", "RATES_HZ", "SINGLE_SHOT", "Register", "Registers"]


class Register(IntEnum):
    """Number of a register; of several in a row, the first."""

    SAVE = 0x00
    CALIBRATION = 0x01
    CONTENT = 0x02
    RATE = 0x03
    BAUD = 0x04
    BANDWIDTH = 0x1F
    SLEEP = 0x22
    ORIENTATION = 0x23
    ALGORITHM = 0x24
    READ = 0x27
    VERSION = 0x2E
    TIME = 0x30
    ACC = 0x34
    GYRO = 0x37
    ANGLE = 0x3D
    TEMPERATURE = 0x40
    QUATERNION = 0x51
    SERIAL_BATTERY = 0x5C
    BLE_BATTERY = 0x64
    KEY = 0x69


UNLOCK_KEY = 0xB588
LIVE = (
    *range(Register.ACC, Register.ACC + 3),
    *range(Register.GYRO, Register.GYRO + 3),
    *range(Register.ANGLE, Register.ANGLE + 3),
    *range(Register.QUATERNION, Register.QUATERNION + 4),
)
"""Registers that every sample renews, in the order of a sample."""
DEFAULTS: Mapping[int, int] = {
    Register.CONTENT: 0x001E,
    Register.RATE: 0x06,
    Register.BAUD: 0x06,
    Register.BANDWIDTH: 0x04,
    Register.ORIENTATION: 0,
    Register.ALGORITHM: 0,
}
RATES_HZ: Mapping[int, float] = {
    0x01: 0.2,
    0x02: 0.5,
    0x03: 1.0,
    0x04: 2.0,
    0x05: 5.0,
    0x06: 10.0,
    0x07: 20.0,
    0x08: 50.0,
    0x09: 100.0,
    0x0B: 200.0,
}
SINGLE_SHOT = 0x0C
BAUDS: Mapping[int, int] = {
    1: 4800,
    2: 9600,
    3: 19200,
    4: 38400,
    5: 57600,
    6: 115200,
    7: 230400,
    8: 460800,
    9: 921600,
}


class Registers:
    """Configuration registers behind a lock, with a saved copy.

    Parameters
    ----------
    needs_unlock : bool
        Writes are ignored until the unlock key is written.

    Attributes
    ----------
    unlocked : bool
        Writes are taken.
    """

    def __init__(self, needs_unlock: bool) -> None:
        self._needs_unlock = needs_unlock
        self._saved = dict(DEFAULTS)
        self.restart()

    def __getitem__(self, register: int) -> int:
        return self._values.get(register, 0)

    def restart(self) -> None:
        """Load what was saved and lock."""
        self._values = dict(self._saved)
        self.unlocked = not self._needs_unlock

    def save(self) -> None:
        """Keep the present values over a restart."""
        self._saved = dict(self._values)

    def restore(self) -> None:
        """Back to the maker's defaults, saved as well."""
        self._values = dict(DEFAULTS)
        self.save()

    def write(self, register: int, value: int) -> bool:
        """Set a register.

        Parameters
        ----------
        register : int
            Its number.
        value : int
            A word.

        Returns
        -------
        taken : bool
            False when locked.
        """
        if register == Register.KEY:
            self.unlocked = self.unlocked or value == UNLOCK_KEY
            return True
        if self.unlocked:
            self._values[register] = value
        return self.unlocked
