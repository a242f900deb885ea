"""Reservoirs of volatile devices on the tasks of the papers that they come from.

    python benchmarks/volatile_quality.py [--quick] [--out DIR]

Five devices of Du et al. 2017 tell ten digits of 5 x 4 pixels, 88 handwritten ones: see
`xbarsim.tasks.pulse_digits` for pulses and assumed spreads. Chips are drawn anew, their readouts
are asked about reads whose noise they have not seen. Devices of Zhong et al. 2021, 25 with four
nodes each, say the next value of the Henon map by a readout of least squares: the second 1,000
values after learning from the first, for 20 series and masks.
"""

import numpy as np
from figures import Figure, command
from reservoir_tasks import spread
from sklearn.linear_model import LinearRegression, LogisticRegression

from xbarsim.reservoirs import DynamicReservoir, PulseRead, Train
from xbarsim.tasks.datasets import load_dataset
from xbarsim.tasks.pulse_digits import (
    MNIST_TRAINS,
    digit_streams,
    mnist_streams,
    unseen_accuracy,
    wox_reservoir,
)
from xbarsim.tasks.series import henon as henon_map
from xbarsim.tasks.series import nrmse

LONGER = Train(pulse=12e-6, period=12e-6)


def five_devices(quick: bool) -> list[Figure]:
    """Ten digits told by five volatile devices."""
    x, y = digit_streams(20)
    chips = 10 if quick else 100
    right = 100 * unseen_accuracy(wox_reservoir(), x, y, chips=chips)
    what = f"5 x 4 digits on five devices, mean of {chips} chips, the worst {right.min():.1f} %"
    return [Figure(what, float(right.mean()), "%", ">=", 99.0)]


def handwritten(quick: bool) -> list[Figure]:
    """Handwritten digits told by 88 volatile devices."""
    mnist, found = load_dataset("mnist"), []
    asked = mnist_streams(mnist.x_test)
    for images in (10_000,) if quick else (10_000, 60_000):
        x, y = mnist_streams(mnist.x_train[:images]), mnist.y_train[:images]
        right = []
        for seed in range(1 if quick else 3):
            readout = LogisticRegression(C=30.0, max_iter=3000, tol=1e-5)
            settings = {"nodes": 5, "trains": MNIST_TRAINS, "readout": readout}
            chip = wox_reservoir(random_state=seed, **settings).fit(x, y)
            right.append(100 * chip.score(asked, mnist.y_test))
        what = f"MNIST on 88 devices, {images:,} images to learn from; measured in the paper 88.1"
        found.append(spread(what, right, "%"))
    return found


def henon(quick: bool) -> list[Figure]:
    """The Henon map on 25 volatile devices with four nodes each."""
    noisy = {"read": PulseRead(noise=1e-3)}
    cases = {
        "no read noise": {},
        "devices that differ by 10 %": {"spread": {"alpha": 0.1}},
        "read noise 0.01 %": {"read": PulseRead(noise=1e-4)},
        "read noise 0.1 %": noisy,
        "read noise 0.1 %, pulses of 12 us": noisy | {"trains": LONGER},
    }
    found = []
    for name, case in cases.items():
        errors = [next_value(seed, case) for seed in range(5 if quick else 20)]
        goal = 0.05 if name == "no read noise" else np.nan
        what = f"Henon map on 25 devices, {name}, the worst {max(errors):.3f}"
        found.append(spread(what, errors, "NRMSE", "<=", goal))
    return found


def next_value(seed: int, case: dict[str, object]) -> float:
    """The error of one reservoir on one series."""
    task = henon_map(np.random.default_rng(seed), train=1000, test=1000, washout=50)
    network = DynamicReservoir(readout=LinearRegression(), random_state=seed, **case)
    task.fit(network)
    return nrmse(task.y_test, task.predict(network))


PARTS = (five_devices, handwritten)

if __name__ == "__main__":
    command("volatile_quality", __doc__, "fewer chips and images", PARTS, resumes=True)
