"""Simulated drives: streets as an HDL-64E scans them, with a box around each road user."""

from data.simulator.drive import Drive, SimulatedFrame, simulate

__all__ = ["Drive", "SimulatedFrame", "simulate"]
