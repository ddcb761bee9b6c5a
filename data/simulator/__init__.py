"""Simulated drives: streets as an HDL-64E scans them, with a box around each road user."""

from data.simulator.drive import VERSION, Drive, SimulatedFrame
from data.simulator.drive_folder import simulate

__all__ = ["VERSION", "Drive", "SimulatedFrame", "simulate"]
