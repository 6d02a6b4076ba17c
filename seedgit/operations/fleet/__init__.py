"""One upgrade of many sites, and what they override: sites alike are one."""
