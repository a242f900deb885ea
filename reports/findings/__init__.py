"""What each scenario of the gallery shows: its picture, and its result in words.

The figures in the words are computed from ``reports/reference``, so that they cannot differ from
it; what is said of them is written by hand.
"""

from findings import arrays, networks, reservoirs, systems, years
from findings.entry import Entry

#: titles of the groups of the gallery, and what is in each, in order
GROUPS: dict[str, list[Entry]] = {
    "Networks on arrays": [*networks.ENTRIES, *years.ENTRIES],
    "Cells and arrays": arrays.ENTRIES,
    "Reservoirs": reservoirs.ENTRIES,
    "Published systems": systems.ENTRIES,
}
