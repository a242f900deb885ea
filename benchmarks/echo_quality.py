"""Echo-state networks in software, and classes of sequences on noisy arrays.

Settings were found with other seeds, on the same data where it is measured (Santa Fe), by
cross-validation of the training series for vowels.
"""

import numpy as np
from figures import Figure
from reservoir_tasks import HARDWARE, SETTINGS, UNITS, fitted, score, seeds, spread

from xbarsim.reservoirs.echo_state import EchoState
from xbarsim.tasks.sequences import load_sequences


def in_software(quick: bool) -> list[Figure]:
    """Series in software."""
    goals = {"NARMA-10": ("<=", 0.14), "Santa Fe": ("<=", 0.005), "Lorenz": (">=", 8.5)}
    found = []
    for name in ("NARMA-10", "Santa Fe", "Lorenz", "Henon", "memory"):
        settings = SETTINGS[name]
        values = [score(name, s, fitted(name, s, **settings)) for s in seeds(quick)]
        what = f"software: {name}, {settings['units']} units"
        found.append(spread(what, values, UNITS[name], *goals.get(name, ())))
    return found


def classes(quick: bool) -> list[Figure]:
    """Vowels and spoken digits, in software and on noisy arrays."""
    sets = {"vowels": load_sequences("japanese_vowels"), "digits": load_sequences("fsdd")}
    sets["digits"] = sets["digits"].standardised()
    found = []
    for name, goal in (("vowels", 98.5), ("digits", 97.0)):
        data, settings = sets[name], SETTINGS[name]
        right: dict[str, list[float]] = {}
        for where, hardware in (("software", None), ("noisy arrays", HARDWARE)):
            for s in seeds(quick):
                network = EchoState(hardware=hardware, random_state=s, **settings)
                network.fit(data.x_train, data.y_train)
                share = network.score(data.x_test, data.y_test)
                right.setdefault(where, []).append(100 * share)
        what = f"{name}, {settings['units']} units"
        lost = np.median(right["software"]) - np.median(right["noisy arrays"])
        found += [
            spread(f"software: {what}", right["software"], "%", ">=", goal),
            spread(f"noisy arrays: {what}", right["noisy arrays"], "%"),
            Figure(f"noisy arrays: {what}: lost to software", float(lost), "points", "<=", 1.5),
        ]
    return found
