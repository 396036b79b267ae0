"""What both dialects say, as one OpenAPI document. It is written from the tables that the dialects themselves read."""
