"""Memory cells: a module for each law, a sheet in ``parameters/`` for each published device."""
