"""What the business decides: pure functions over frozen values. No I/O, clock, randomness or words."""
