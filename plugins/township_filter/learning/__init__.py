"""What the county's people taught the filter by confirming and correcting its verdicts."""
