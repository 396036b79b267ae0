"""What has to hold: how many times the CPU of one of our requests the baseline needs for the same, and more."""

# Below these a run fails.
BARS = {"create": 1.8, "retrieve": 2.5, "list of 100": 4.0, "filtered list": 2.5, "update": 1.8, "upsert": 1.8}

# What one PostgreSQL statement for each request would give.
GOALS = {"create": 4.0, "retrieve": 6.0, "list of 100": 12.0, "filtered list": 12.0, "update": 4.0, "upsert": 4.0}

# A page far in, next to the first one: PostgreSQL's time and ours, added.
DEPTH_RATIO = 1.2

# The part of a create's CPU that its event may take, with one endpoint to be told.
RECORDING_SHARE = 0.25

# How fast one worker process sends, next to each of these; below, a run fails.
BARE, CELERY, BOUND = "bare requests", "Celery, a task for each event", "the bound of a slow sink"
PACES = {BARE: 0.9, CELERY: 3.0, BOUND: 0.75}

# Claiming among many delivered events, next to none: PostgreSQL's time.
CLAIM_RATIO = 1.5

# A payment with the test gateway, next to an update of the same customer: CPU.
COLLECT_RATIO = 5.0

# Movements a second of one balance under many hands, next to a bare UPDATE and INSERT; below, a run fails.
HOT_BALANCE_RATIO = 0.5

# Merging a customer with all its rows, and undoing it, next to the bare UPDATEs of the same rows; above, a run fails.
MERGE_RATIO = 3.0
UNDO_RATIO = 3.0
