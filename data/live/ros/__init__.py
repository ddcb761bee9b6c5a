"""ROS bags and MCAP files: PointCloud2 messages to scans."""
