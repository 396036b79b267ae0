"""A host project's own user, with a key that is not a number."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class HostUser(AbstractUser):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
