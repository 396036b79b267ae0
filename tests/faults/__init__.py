"""What is left of the promises when processes are killed, the database dies, and a million events wait."""
