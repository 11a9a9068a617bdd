"""走访手记: a plugin from elsewhere that uses every hook once; docs/plugins.md is written along it."""
