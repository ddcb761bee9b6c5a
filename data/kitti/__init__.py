"""KITTI's own files: calibration, camera, tracklets."""
