"""What is written of senders."""
