"""Spiking networks as NIR graphs."""

from xbarsim.mapping.nir.reader import from_nir as from_nir
