"""A simulated person wears simulated sensors; everything on this side of the air is the product.

The only package that knows both houses.
"""

from biofeedback.cli.demo.command import demo

__all__ = ["demo"]
