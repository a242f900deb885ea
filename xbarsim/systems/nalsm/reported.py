"""What is published of 1,000 neurons, of ten liquids each, on 50,000 images."""

from xbarsim.systems.published import Published

_SOURCE = (
    "V. A. Ivanov and K. P. Michmizos, Increasing liquid state machine performance with "
    "edge-of-chaos dynamics organized by astrocyte-modulated plasticity, NeurIPS (2021), and the "
    "table that goes with the published code"
)

#: branching factors and accuracies by w_a, of the appendix's sweep
SWEEP = {
    0.002: (0.9591, 1.42),
    0.0075: (0.9600, 1.33),
    0.015: (0.9596, 1.24),
    0.025: (0.9587, 1.18),
    0.05: (0.9594, 1.08),
    0.1: (0.9567, 0.99),
    0.2: (0.9522, 0.88),
}

PUBLISHED = (
    Published(
        metric="accuracy", value=0.9596, spread=0.0013, words="MNIST, astrocyte", source=_SOURCE,
    ),
    Published(
        metric="accuracy", value=0.9549, spread=0.0009, words="MNIST, activity-dependent STDP",
        source=_SOURCE,
    ),
    Published(
        metric="accuracy", value=0.9530, spread=0.0010, words="MNIST, no plasticity, best weight",
        source=_SOURCE,
    ),
    Published(
        metric="accuracy", value=0.8946, spread=0.0045, words="MNIST, STDP alone", source=_SOURCE,
    ),
    Published(
        metric="accuracy", value=0.8305, spread=0.0018, words="Fashion-MNIST, astrocyte",
        source=_SOURCE,
    ),
    Published(metric="branching", value=1.24, words="MNIST, astrocyte", source=_SOURCE),
)  # fmt: skip
