"""Simulated drives: streets, cast through an HDL-64E, with boxes around everyone."""

from data.simulator.drive import Drive, SimulatedFrame, simulate

__all__ = ["Drive", "SimulatedFrame", "simulate"]
