"""What all the workers of a job agree on."""
