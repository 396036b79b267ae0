"""What surrounds a customer: our own documents, and the models that hosts plug in."""
