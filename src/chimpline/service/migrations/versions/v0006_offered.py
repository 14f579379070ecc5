"""Which tables a run offered: those of the default set that its dataset does not take."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("runs", sa.Column("offered", sa.JSON))
