from __future__ import annotations

import pytest

from firmware_sim.witmotion_registers import DEFAULTS, Register, Registers

UNLOCK_KEY = 0xB588


@pytest.fixture
def registers():
    return Registers(needs_unlock=True)


def test_locked_registers_keep_what_they_have(registers):
    assert not registers.write(Register.RATE, 9)
    assert registers[Register.RATE] == 6


def test_only_the_key_unlocks(registers):
    registers.write(Register.KEY, 0x1234)
    assert not registers.unlocked
    assert registers.write(Register.KEY, UNLOCK_KEY)
    assert registers.write(Register.RATE, 9)
    assert registers[Register.RATE] == 9


def test_a_restart_locks_and_forgets_what_was_not_saved(registers):
    registers.write(Register.KEY, UNLOCK_KEY)
    registers.write(Register.RATE, 9)
    registers.save()
    registers.write(Register.RATE, 8)
    registers.restart()
    assert registers[Register.RATE] == 9
    assert not registers.unlocked


def test_restore_brings_the_defaults_back_for_good(registers):
    registers.write(Register.KEY, UNLOCK_KEY)
    registers.write(Register.CONTENT, 0x0206)
    registers.save()
    registers.restore()
    registers.restart()
    assert {number: registers[number] for number in DEFAULTS} == dict(DEFAULTS)


def test_older_modules_have_no_lock():
    assert Registers(needs_unlock=False).write(Register.RATE, 9)


def test_registers_never_written_are_zero(registers):
    assert registers[0x7F] == 0
