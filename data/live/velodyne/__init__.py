"""Velodyne's sensors: packets to scans."""
