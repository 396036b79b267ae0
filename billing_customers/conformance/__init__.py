"""Both contracts' own requests and sample answers as a table, and the run that compares an installation with it."""
