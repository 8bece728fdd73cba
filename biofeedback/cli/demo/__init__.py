"""A simulated person wears simulated sensors; everything on this side of the air is the product.

The only package that knows both houses.
"""

from biofeedback.cli.demo.command import demo
from biofeedback.cli.demo.wires import simulated_place

__all__ = ["demo", "simulated_place"]
