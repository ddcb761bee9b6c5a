"""Simulated drives: streets as an HDL-64E scans them, with a box around each road user, and as a camera sees them."""

from data.simulator.camera_folder import simulate_pictures
from data.simulator.drive import VERSION, Drive, SimulatedFrame
from data.simulator.drive_folder import simulate

__all__ = ["VERSION", "Drive", "SimulatedFrame", "simulate", "simulate_pictures"]
