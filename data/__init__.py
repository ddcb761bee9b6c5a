"""Everything that reads, writes or makes scans."""
