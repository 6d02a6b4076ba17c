"""One upgrade of many sites, and the values that they override. Equal sites are grouped."""
