"""Connections, secrets, pending OAuth walks, access and discoveries."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "connections",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("state_since", sa.Text, nullable=False),
        sa.Column("account_id", sa.Text),
        sa.Column("account_name", sa.Text),
        sa.Column("login_id", sa.Text),
        sa.Column("role", sa.Text),
        sa.Column("api_root", sa.Text),
        sa.Column("redirect_uri", sa.Text),
        sa.Column("client_id", sa.Text),
        sa.Column("last_error", sa.Text),
        sa.Column("verified_at", sa.Text),
    )
    op.create_table(
        "secrets",
        sa.Column("connection", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("updated_at", sa.Text, nullable=False),
    )
    op.create_table(
        "authentications",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("connection", sa.Text, nullable=False, index=True),
        sa.Column("state_hash", sa.Text, nullable=False, unique=True),
        sa.Column("redirect_uri", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Text, nullable=False),
        sa.Column("code_key_id", sa.Text),
        sa.Column("code_sealed", sa.LargeBinary),
    )
    op.create_table(
        "access",
        sa.Column("connection", sa.Text, primary_key=True),
        sa.Column("table_name", sa.Text, primary_key=True),
        sa.Column("allowed", sa.Boolean, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("checked_at", sa.Text, nullable=False),
    )
    op.create_table(
        "discoveries",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("connection", sa.Text, nullable=False, index=True),
        sa.Column("taken_at", sa.Text, nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
    )
