"""The policy presets, written like rules: each is read like a site's own policy."""

from __future__ import annotations

CONSERVATIVE = "conservative"
BURN_IN_SAFE = "burn-in-safe"

PRESETS = {
    CONSERVATIVE: """\
# The site owns what the rules list, and nothing else.
overlay: []
""",
    BURN_IN_SAFE: """\
# What a site sets at run time stays local; the shape of the source follows upstream.
overlay:
  # Queues: whether and how far each was worked off, and what a site put into it.
  - path: /**/queue_mode
  - path: /**/prompt_patch_queue
  - path: /**/config_patch_queue
  - path: /**/consumed_revision
  - path: /**/_queue_consume_revision
  # When it runs here.
  - path: /**/schedule/paused
  - path: /**/schedule/mode
  - path: /**/scheduling_config
  # A throttle is reviewed: upstream may have changed what it was meant for. Whatever the handler
  # is called now: `renames` of the rules says what it was called before. One that is itself called
  # `throttle` is a handler, and the package's.
  - path: /**/steps/**/max_items
    on-seed-change: review
  - path: /**/handlers/**/max_items
    on-seed-change: review
  - path: /**/handler_configs/**/max_items
    on-seed-change: review
  - path: /**/steps/*/throttle
    on-seed-change: review
  - path: /**/handlers/*/**/throttle
    on-seed-change: review
  - path: /**/handler_configs/*/**/throttle
    on-seed-change: review
""",
}
