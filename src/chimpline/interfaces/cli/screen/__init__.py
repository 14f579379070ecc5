"""What is shown: lines, grids, bars, errors and logs, as wide as the terminal is."""
