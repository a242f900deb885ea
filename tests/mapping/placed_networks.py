"""Networks that placements are tried on."""

import numpy as np

from xbarsim import Hardware, load_device
from xbarsim.layers import Node
from xbarsim.mapping import Dense, Graph


def hardware(**settings):
    return Hardware(device=load_device("ideal"), **settings)


def dense(outputs, inputs, name="layer", **settings):
    rng = np.random.default_rng(outputs)
    return Dense(name=name, weights=rng.standard_normal((outputs, inputs)),
                 bias=rng.standard_normal(outputs), **settings)  # fmt: skip


def linear(name, source, outputs, inputs):
    weights = np.random.default_rng(outputs).standard_normal((outputs, inputs), dtype=np.float32)
    return Node(name=name, op="linear", inputs=(source,), arrays={"weights": weights})


def conv(name, source, outputs, inputs, side, stride=1, pad=0, groups=1):
    rng = np.random.default_rng(outputs)
    weights = rng.standard_normal((outputs, inputs // groups, side, side), dtype=np.float32)
    settings = {"stride": (stride,) * 2, "padding": ((pad, pad),) * 2, "dilation": (1, 1),
                "groups": groups}  # fmt: skip
    return Node(
        name=name, op="conv", inputs=(source,), settings=settings, arrays={"weights": weights}
    )


def pool(name, source, side=2):
    settings = {"kernel": (side,) * 2, "stride": (side,) * 2, "padding": ((0, 0),) * 2,
                "dilation": (1, 1)}  # fmt: skip
    return Node(name=name, op="max_pool", inputs=(source,), settings=settings)


def digital(name, op, *sources):
    return Node(name=name, op=op, inputs=sources)


def lenet():
    """LeNet-5 for inputs of (1, 28, 28), the first convolution padded by two."""
    return Graph(
        nodes=(
            conv("conv1", "x", 6, 1, 5, pad=2),
            digital("relu1", "relu", "conv1"),
            pool("pool1", "relu1"),
            conv("conv2", "pool1", 16, 6, 5),
            digital("relu2", "relu", "conv2"),
            pool("pool2", "relu2"),
            digital("flat", "flatten", "pool2"),
            linear("fc1", "flat", 120, 400),
            digital("relu3", "relu", "fc1"),
            linear("fc2", "relu3", 84, 120),
            digital("relu4", "relu", "fc2"),
            linear("fc3", "relu4", 10, 84),
        )
    )


def resnet18():
    """The sizes of ResNet-18 for inputs of (3, 224, 224)."""
    nodes = [conv("conv1", "x", 64, 3, 7, 2, 3), digital("relu1", "relu", "conv1"),
             pool("pool", "relu1")]  # fmt: skip
    last, width = "pool", 64
    for stage, wide in enumerate((64, 128, 256, 512), 1):
        for block in range(2):
            name, stride = f"layer{stage}.{block}", 2 if stage > 1 and block == 0 else 1
            nodes += [
                conv(f"{name}.conv1", last, wide, width, 3, stride, 1),
                digital(f"{name}.relu1", "relu", f"{name}.conv1"),
                conv(f"{name}.conv2", f"{name}.relu1", wide, wide, 3, 1, 1),
            ]
            if stride == 2:
                nodes.append(conv(f"{name}.down", last, wide, width, 1, 2))
                last = f"{name}.down"
            nodes += [digital(f"{name}.add", "add", f"{name}.conv2", last),
                      digital(f"{name}.relu2", "relu", f"{name}.add")]  # fmt: skip
            last, width = f"{name}.relu2", wide
    nodes += [
        Node(name="mean", op="reduce_mean", inputs=(last,),
             settings={"axes": (2, 3), "keep": False}),
        linear("fc", "mean", 1000, 512),
    ]  # fmt: skip
    return Graph(nodes=tuple(nodes))
