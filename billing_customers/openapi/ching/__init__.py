"""How CHING's contract is described."""

from billing_customers.dialects.ching.errors import TABLE
from billing_customers.dialects.ching.viewsets.base import ChingViewSet
from billing_customers.openapi.ching.operations import OPERATIONS
from billing_customers.openapi.ching.outputs import SCHEMAS
from billing_customers.openapi.operation import DialectText
from billing_customers.openapi.schemas import ref

CHING = DialectText(
    dialect=ChingViewSet.dialect,
    title="CHING",
    description="JSON both ways, a bearer key, every answer in an envelope.",
    security={"type": "http", "scheme": "bearer", "description": "An API key."},
    statuses=TABLE,
    error=ref("ChingError"),
    schemas=SCHEMAS,
    operations=OPERATIONS,
)
