"""Alerts: who is told what, whether it was sent, and a test."""
