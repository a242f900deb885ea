"""What is published of the classifier."""

from xbarsim.systems.published import Published

_SOURCE = (
    "Y. Hao, X. Huang, M. Dong and B. Xu, A biologically plausible supervised learning method for "
    "spiking neural networks using the symmetric STDP rule, Neural Networks 121, 387 (2020)"
)

PUBLISHED = (
    Published(metric="accuracy", value=0.9673, words="MNIST, 6,400 hidden neurons", source=_SOURCE),
    Published(
        metric="accuracy", value=0.8531, words="Fashion-MNIST, 6,400 hidden neurons", source=_SOURCE
    ),
)
