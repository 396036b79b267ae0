"""Durable jobs, the worker that carries them out and sends events, and the engines that may take its place."""
