"""Many scans: lanes, live streams, clocks, interruptions."""
