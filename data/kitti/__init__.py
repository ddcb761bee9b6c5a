"""KITTI's own files: calibration, camera, labels and tracklets, and the ground truth that they make."""
