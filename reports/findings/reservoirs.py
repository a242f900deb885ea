"""Reservoirs of neurons on arrays, and of volatile devices."""

from findings.entry import DAY, Entry, Study, joules, percent


def _span(low: float, high: float) -> str:
    """Two energies, to two digits."""
    return " to ".join(joules(value, 2) for value in (low, high))


def _reservoir_narma(s: Study) -> tuple[str, str]:
    fresh = {"read_noise": 0.01, "bits": 8, "age": 1}
    ring, sparse = ({"task": task, **fresh} for task in ("narma", "narma_software_scales"))
    six = s.mean("nrmse", task="narma", age=1, read_noise=0.0, bits=6)
    assert six > s.mean("nrmse", task="narma", age=1, read_noise=0.02, bits=8), "six bits cost more"
    energy = s.rows().groupby("array.adc.bits")["energy.total"].mean()
    memory = {"task": "memory", "read_noise": 0.01, "bits": 8}
    later = s.mean("nrmse", **{**ring, "age": DAY})
    again = s.mean("nrmse", task="narma_retrained", read_noise=0.01, bits=8, age=DAY)
    return (
        f"A ring of 100 neurons on RRAM has an error (NRMSE) of {s.number('nrmse', 2, **ring)} "
        "with read noise of 1 % and converters of 8 bits, where software has "
        f"{s.mean('nrmse.software', **ring):.2f}; six bits cost more than 2 % of read noise, and "
        f"after a day of relaxation the error is {later:.1f} with the first readout and "
        f"{again:.2f} with one that is trained anew.",
        "A sparse random reservoir with scales that were chosen in software "
        f"({s.mean('nrmse.software', **sparse):.2f} there) has {s.number('nrmse', 2, **sparse)}. "
        f"The ring remembers {s.mean('memory.capacity', age=1, **memory):.0f} steps, and "
        f"{s.mean('memory.capacity', age=DAY, **memory):.0f} a day later with its first readout. "
        f"A step takes {_span(energy.min(), energy.max())}.",
    )


def _volatile_reservoir(s: Study) -> tuple[str, str]:
    short, long = sorted(s.rows()["tasks.henon.reservoir.train.pulse"].unique())
    alike, spread = "alpha 0.0", "alpha 0.1"

    def error(noise: float, pulse: float = short, differ: str = alike) -> float:
        return s.mean("nrmse", read_noise=noise, pulse=pulse, spread=differ)

    brief, lasting = (s.joule("energy.total", pulse=pulse, spread=alike) for pulse in (short, long))
    return (
        f"Read noise is what counts: {percent(0.001)} of it makes an error (NRMSE) of "
        f"{error(1e-3):.2f} of {error(0.0):.3f}, and 1 % {error(1e-2):.2f}; pulses of 12 µs in "
        f"place of 4 leave {error(1e-3, long):.2f} and {error(1e-2, long):.2f}, for three times "
        f"the energy, {lasting} a step in place of {brief}.",
        "25 devices of four nodes each say the next value. Where they differ by 10 % and "
        f"nothing scatters the error is {error(0.0, differ=spread):.3f}, as they then know "
        "different things.",
    )


def _spoken_digits(s: Study) -> tuple[str, str]:
    def kept(age: float) -> str:
        means = s.rows(age=age).groupby("point")["accuracy"].mean()
        return f"{100 * means.min():.1f} to {percent(means.max())}"

    energy = s.rows().groupby("array.adc.bits")["energy.total"].mean()
    return (
        f"A liquid of 200 neurons keeps {kept(1)} of {s.percent('accuracy.software')} in "
        "software, whether converters have 4 bits or 8 and cells have 2 % of read noise or "
        f"none, and {kept(DAY)} a day later with its first readout.",
        "The readout of three averages in time learns from 1,000 recordings and is tested with "
        f"300. A step of 10 ms takes {_span(energy.min(), energy.max())}. Speakers are the same "
        "in training and test, as in the set's own split.",
    )


ENTRIES = [
    Entry(
        name="reservoir_narma",
        picture="reservoir-3-narma-retrained.svg",
        found=_reservoir_narma,
        shows="error on NARMA-10 with a new readout at each age, and energy of a step, against "
        "read noise, a line for each number of bits",
    ),
    Entry(
        name="volatile_reservoir",
        picture="reservoir.svg",
        found=_volatile_reservoir,
        shows="error on the Hénon map and energy of a step against read noise of the devices, a "
        "line for each length of pulses",
    ),
    Entry(
        name="spoken_digits",
        picture="reservoir.svg",
        found=_spoken_digits,
        shows="accuracy and energy of a step against read noise, a line for each number of bits",
    ),
]
