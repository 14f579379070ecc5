"""For which host a secret was given, and which hosts were named in the console."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "secret_hosts",
        sa.Column("owner", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("host", sa.Text, nullable=False),
    )
    op.create_table(
        "named_hosts",
        sa.Column("owner", sa.Text, primary_key=True),
        sa.Column("host", sa.Text, primary_key=True),
    )
