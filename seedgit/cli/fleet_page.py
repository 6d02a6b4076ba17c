"""A fleet's plan as a page: groups, findings with their values, sites by seeds."""

from __future__ import annotations

from seedgit.operations.fleet import FleetPlan


def html(made: FleetPlan) -> str:
    return ""
