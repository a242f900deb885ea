"""Networks whose time is worked out."""

import numpy as np

from xbarsim import Hardware, load_device
from xbarsim.layers import Node
from xbarsim.mapping import Graph


def hardware(**settings):
    return Hardware(device=load_device("ideal"), **settings)


def linear(name, source, outputs, inputs):
    weights = np.random.default_rng(outputs).standard_normal((outputs, inputs))
    return Node(name=name, op="linear", inputs=(source,), arrays={"weights": weights})


def conv(name, source, outputs, inputs, side, stride=1, pad=0):
    weights = np.random.default_rng(outputs).standard_normal((outputs, inputs, side, side))
    settings = {"stride": (stride,) * 2, "padding": ((pad, pad),) * 2, "dilation": (1, 1),
                "groups": 1}  # fmt: skip
    return Node(
        name=name, op="conv", inputs=(source,), settings=settings, arrays={"weights": weights}
    )


def pool(name, source, side=2):
    settings = {"kernel": (side,) * 2, "stride": (side,) * 2, "padding": ((0, 0),) * 2,
                "dilation": (1, 1)}  # fmt: skip
    return Node(name=name, op="max_pool", inputs=(source,), settings=settings)


def digital(name, op, *sources):
    return Node(name=name, op=op, inputs=sources)


IMAGE = np.zeros((1, 2, 12, 12))


def small():
    """Two convolutions and two dense layers, for inputs of (2, 12, 12)."""
    return Graph(
        nodes=(
            conv("conv1", "x", 6, 2, 3, pad=1),
            digital("relu1", "relu", "conv1"),
            pool("pool1", "relu1"),
            conv("conv2", "pool1", 8, 6, 3),
            digital("relu2", "relu", "conv2"),
            digital("flat", "flatten", "relu2"),
            linear("fc1", "flat", 30, 128),
            digital("relu3", "relu", "fc1"),
            linear("fc2", "relu3", 10, 30),
        )
    )
