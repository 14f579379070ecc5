"""What was told of what needs somebody, and what still is to be."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "alert_incidents",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("cause", sa.Text, primary_key=True),
        sa.Column("run_id", sa.Text),
        sa.Column("opened_at", sa.Text, nullable=False),
    )
    op.create_table(
        "alert_messages",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("alert", sa.Text, nullable=False, index=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text),
        sa.Column("made_at", sa.Text, nullable=False),
        sa.Column("sent_at", sa.Text),
        sa.Column("tried_at", sa.Text),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("trouble", sa.Text),
    )
