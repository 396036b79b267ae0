"""What most people would write first: a ModelViewSet and a ModelSerializer over the same columns, without authentication."""
