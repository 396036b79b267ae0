"""The wire: each package in here is one public contract, and none imports another."""
