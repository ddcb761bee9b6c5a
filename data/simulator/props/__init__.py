"""Props of a street, prebuilt: each stands on z = 0 around the origin."""

from data.simulator.props.stock import barriers, houses, stock

__all__ = ["barriers", "houses", "stock"]
