"""What most would write first: a ModelViewSet and a ModelSerializer over the same columns, without authentication."""
