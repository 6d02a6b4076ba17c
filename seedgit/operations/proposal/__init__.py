"""Proposes a rules file for the configuration that a repository has. Start in `proposed`."""
