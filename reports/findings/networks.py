"""Classifiers whose weights stand on arrays."""

from findings.entry import DAY, YEAR, Entry, Study, joules, percent, points


def _digits(s: Study) -> tuple[str, str]:
    def at(side: int, ohm: float) -> str:
        return s.percent("accuracy", rows=side, r_word=ohm)

    less = s.mean("energy.total", rows=32) / s.mean("energy.total", rows=128)
    return (
        f"With 20 ohm a cell pitch 64 × 64 cells keep {at(64, 20)} of "
        f"{s.percent('accuracy.software')} in software, 128 × 128 keep {at(128, 20)} and 256 × "
        f"256 {at(256, 20)}; with 5 ohm even 256 × 256 keep {at(256, 5)}.",
        f"From 32 × 32 to 128 × 128 an inference takes {less:.1f} times less energy "
        f"({s.joule('energy.total', rows=32)} to {s.joule('energy.total', rows=128)}), beyond "
        "that hardly any less.",
    )


def _pcm_year(s: Study) -> tuple[str, str]:
    plain = s.percents("accuracy", age=YEAR, compensation="none")
    read = s.percents("accuracy", age=YEAR, compensation="global")
    return (
        f"A year takes {s.percents('accuracy', age=20, compensation='none')} after twenty "
        f"seconds to {plain}, and one reference read a layer leaves {read}, of "
        f"{s.percent('accuracy.software')} in software.",
        "",
    )


def _adc_pareto(s: Study) -> tuple[str, str]:
    most = s.mean("energy.total", bits=10) / s.mean("energy.total", bits=5)
    return (
        f"Five bits give {s.percent('accuracy', bits=5)} at {s.joule('energy.total', bits=5)} an "
        f"inference, and ten no more at {most:.1f} times the energy; four bits cost "
        f"{points(s.mean('accuracy', bits=5) - s.mean('accuracy', bits=4))} points and three "
        f"{points(s.mean('accuracy', bits=5) - s.mean('accuracy', bits=3))}, and save next to "
        "nothing.",
        "",
    )


def _adc_search(s: Study) -> tuple[str, str]:
    front, tried = s.results.pareto().sort_values("energy.total"), s.rows()["point"].nunique()
    first, last = front.iloc[0], front.iloc[-1]
    (rows,) = set(front["array.rows"])
    bits = front["array.adc.bits"]
    (rram,) = front[front["device.sheet"] == "wan_2022"].index
    assert rram == front.index[0], "RRAM takes the least energy"
    return (
        f"{len(front)} of {tried} points are on the front, from {percent(first['accuracy'])} at "
        f"{joules(first['energy.total'])} an inference to {percent(last['accuracy'])} at "
        f"{joules(last['energy.total'])}: arrays of {rows} rows, {bits.min()} to {bits.max()} "
        "bits of the output converter, RRAM for the least energy and phase-change memory above.",
        "",
    )


def _whole_chip(s: Study) -> tuple[str, str]:
    def took(node: float) -> tuple[str, str, float]:
        small, large = ({"technology_node": node, "rows": side} for side in (32, 256))
        ratio = s.mean("chip.energy", **small) / s.mean("chip.energy", **large)
        return s.joule("chip.energy", **small), s.joule("chip.energy", **large), ratio

    def area(node: float) -> str:
        sizes = s.rows(technology_node=node).groupby("array.rows")["chip.area"].mean() * 1e6
        return f"{sizes.min():.2g} to {sizes.max():.2g} mm²"

    old, new = took(130e-9), took(22e-9)
    times = s.rows().groupby("point")["chip.latency"].mean() * 1e6
    means = s.rows().groupby("point")["accuracy"].mean()
    assert means.max() - means.min() < 0.005, "the same accuracy within half a point"
    outside = s.joule("chip.energy.off_chip", technology_node=22e-9, rows=256)
    return (
        f"From arrays of 32 × 32 to 256 × 256 an inference takes {old[2]:.1f} times less energy "
        f"at 130 nm ({old[0]} to {old[1]}) and {new[2]:.1f} times less at 22 nm ({new[0]} to "
        f"{new[1]}, of which {outside} bring inputs from memory outside and outputs back), at "
        "the same accuracy within half a point.",
        "Fewer arrays convert and send partial sums. At 130 nm converters and routers take most "
        f"of {area(130e-9)}, at 22 nm of {area(22e-9)}. Latency stays at {times.min():.2f} to "
        f"{times.max():.2f} µs, which reads of 100 ns and eight conversions one after the other "
        "set. By the scatter of the models the energy is known to a factor of five to seven, "
        "most of it the converters'.",
    )


def _switching_law(s: Study) -> tuple[str, str]:
    software, mean = s.mean("accuracy.software"), s.rows().groupby("point")["accuracy"].mean()
    coarse = s.rows(window=16e-6).groupby("point")["accuracy"].mean()
    energy = s.rows().groupby("point")["write.energy"].mean()
    close = s.rows(window=4e-6).groupby("point")["accuracy"].mean()
    return (
        "Within 4 µS of their targets the cells of the Stanford–PKU model keep "
        f"{percent(close.min())} or more of the {percent(software)} in software, within 16 µS "
        f"they lose {points(software - coarse.max())} to {points(software - mean.min())} points.",
        f"Writing a 64-64-10 perceptron costs {joules(energy.min(), 2)} to "
        f"{joules(energy.max(), 2)}, a read {joules(s.mean('energy.total'), 2)}. Fewer pulses do "
        "not mean less energy: what counts is how many of them throw a cell over into its "
        "lowest resistance, which depends on where the steps of the amplitude fall.",
    )


def _yield(s: Study) -> tuple[str, str]:
    def cost(low: float = 0.0, factor: float = 0.0, temperature: float = 298.15) -> str:
        at = s.mean("accuracy", low=low, factor=factor, temperature=temperature)
        return points(best - at)

    best = s.mean("accuracy", low=0.0, factor=0.0, temperature=298.15)
    return (
        f"Within a year the cells' own relaxation takes {s.percent('accuracy.software')} to "
        f"{percent(best)}; three per cent of cells stuck at the lowest conductance cost "
        f"{cost(low=0.03)} of a point more, differences of 15 % between cells "
        f"{cost(factor=0.15)}, 80 °C {cost(temperature=353.15)} and 75 °C "
        f"{cost(temperature=348.15)}, and all three together {cost(0.03, 0.15, 353.15)} points.",
        "At 80 °C 2.5 % of the cells lose their state in that year. How many cells are lost at "
        "which temperature, and how far cells differ, is assumed.",
    )


def _mnist(s: Study) -> tuple[str, str]:
    return (
        f"Of {s.percent('accuracy.software')} in software {s.percents('accuracy', age=1)} are "
        f"left after a second and {s.percents('accuracy', age=DAY)} after a day.",
        "`--set tasks.mnist.dataset.source=fashion_mnist` reads the other set.",
    )


ENTRIES = [
    Entry(
        name="digits",
        picture="accuracy.svg",
        found=_digits,
        shows="accuracy against array size, a line for each wire resistance",
    ),
    Entry(
        name="pcm_year",
        picture="accuracy.svg",
        found=_pcm_year,
        shows="accuracy against age, with and without compensation",
    ),
    Entry(
        name="adc_pareto",
        picture="pareto.svg",
        found=_adc_pareto,
        shows="accuracy against energy, a point for each number of bits",
    ),
    Entry(
        name="adc_search",
        picture="front.svg",
        found=_adc_search,
        shows="accuracy against energy of every point of the search, with the Pareto front",
    ),
    Entry(
        name="whole_chip",
        picture="chip.svg",
        found=_whole_chip,
        shows="energy of an inference and area by component, a bar for each node and size of "
        "arrays",
    ),
    Entry(
        name="switching_law",
        picture="accuracy.svg",
        found=_switching_law,
        shows="accuracy against the window of write and verify, a line for each temperature",
    ),
    Entry(
        name="yield",
        picture="accuracy.svg",
        found=_yield,
        shows="accuracy against the share of stuck cells, a line for each temperature, with and "
        "without differences between cells",
    ),
    Entry(
        name="mnist",
        picture="accuracy.svg",
        found=_mnist,
        shows="accuracy at a second and at a day",
    ),
]
