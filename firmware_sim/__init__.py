"""Sensors that do not exist, byte for byte: a simulated person wearing simulated devices.

Written from the byte tables in ``docs/protocols``; never imports ``biofeedback``.
"""
