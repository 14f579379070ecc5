"""The schema of the control database, step by step; Alembic walks them in order.

A new step: copy the newest file of `versions`, number it, name the one before as `down_revision`,
and raise `control.HEAD` and `control.KNOWN`. There is no way down: a backup is.
"""
