"""Systems that others have published."""

from findings.entry import DAY, Entry, Study, percent, points


def _balance_repair(s: Study) -> tuple[str, str]:
    alike = {"task": "memory", "tasks.memory.settings.heterogeneous": False}
    drifted = s.mean("system.memory.capacity.drifted", age=DAY, **alike)
    capacity = "system.memory.capacity"
    software, fixed = (s.mean(f"{capacity}.{k}", age=DAY, **alike) for k in ("software", "fixed"))
    narma = {"task": "narma10", "age": DAY, "tasks.narma10.settings.heterogeneous": False}
    assert s.mean("system.nrmse.software", **narma) > s.mean("system.nrmse.fixed", **narma)
    return (
        "With one target rate the memory of "
        f"{s.number('system.memory.capacity', age=1, **alike)} steps falls to {drifted:.1f} "
        "within a day, and adapting anew brings it back to "
        f"{s.number('system.memory.capacity', age=DAY, **alike)} at "
        f"{s.mean('system.writes.repair', age=DAY, **alike):,.0f} pulses a cell.",
        f"In software it is {software:.1f}, and {fixed:.1f} without adapting. NARMA-10 is done "
        "worse by neurons that adapt to one rate.",
    )


def _content_memory(s: Study) -> tuple[str, str]:
    def recalled(on_off: float, stuck: float, noise: float) -> str:
        return s.percent("system.accuracy", on_off=on_off, stuck_low=stuck, read_noise=noise)

    return (
        f"Without faults {recalled(10, 0, 0)} is recalled where on is ten times off, "
        f"{recalled(3, 0, 0)} at three times and {recalled(2, 0, 0)} at twice; at ten times 1 % "
        f"of stuck cells leave {recalled(10, 0.01, 0)} and 5 % {recalled(10, 0.05, 0)}, read "
        f"noise of 10 % leaves {recalled(10, 0, 0.1)} and of 20 % {recalled(10, 0, 0.2)}.",
        "Contents of 20 bits under 20 cues, binary cells that differ by a tenth in pulses, "
        "steps and windows. A recall counts only if every bit is right.",
    )


def _symmetric_stdp(s: Study) -> tuple[str, str]:
    def told(levels: int, noise: float) -> float:
        return s.mean("system.accuracy", levels=levels, noise=noise)

    def more(levels: int) -> str:
        return points(told(levels, 0.1) - told(levels, 0.5), 0)

    return (
        "60 neurons that have seen 1,500 images once tell "
        f"{s.percent('system.accuracy.software')} of 500 in software, "
        f"{percent(told(64, 0.1), 0)} on cells of 64 levels and {percent(told(16, 0.1), 0)} on "
        f"cells of 16, with 10 % of noise from pulse to pulse; 50 % of noise costs {more(64)} "
        f"more point of 64 levels and {more(16)} of 16.",
        "The window and 5 % of stuck cells cost nothing that two chips can tell. How well 400 "
        "neurons do that have seen all 60,000 images stands in [systems](../docs/systems.md).",
    )


def _legendre_memory(s: Study) -> tuple[str, str]:
    def told(age: float, where: str = "digital", **differs: str) -> str:
        at = {"device": "sheet wan_2022", "effects": "none", **differs}
        settings = {"tasks.letters.settings": f"state_space {where}"}
        return s.percent("system.accuracy", age=age, **settings, **at)

    narrow = told(DAY, device="sheet wan_2022, g_min 4e-06")
    software = s.percent("system.accuracy.software", age=1, point=0)
    return (
        f"Two networks tell {software} of the test in software, {told(1)} on one pair of cells "
        f"a weight a second after programming and {told(DAY)} a day later.",
        f"After that day they tell {told(DAY, effects='levels 8')} where cells have eight "
        f"levels, {told(DAY, effects='stuck low 0.01')} with 1 % of stuck cells, "
        f"{told(DAY, effects='cycle_to_cycle 0.1')} with errors of 10 % and {narrow} where on is "
        "ten times off in place of forty. Where the numbers that keep the memory stand on cells "
        f"it is {told(DAY, 'tile')}, and {told(DAY, 'verified')} where these are verified, which "
        "begin nearer and relax as others do.",
    )


def _astrocyte_liquid(s: Study) -> tuple[str, str]:
    def told(plasticity: str, levels: int = 64, stuck: float = 0.0) -> str:
        return s.percent("system.accuracy", plasticity=plasticity, levels=levels, stuck_low=stuck)

    software = s.percent("system.accuracy.software", plasticity="astrocyte")
    return (
        f"1,000 neurons that learn from 500 images tell {told('astrocyte')} of 500 with an "
        f"astrocyte on cells of 64 levels ({software} in software), {told('none')} without "
        f"plasticity and {told('stdp', 16)} with STDP alone, on cells of 16.",
        f"On cells of 16 levels it tells {told('astrocyte', 16)}, and with 5 % of stuck cells "
        f"{told('astrocyte', 64, 0.05)} on 64 and {told('astrocyte', 16, 0.05)} on 16. Two "
        "liquids each: differences of a point are chance; [systems](../docs/systems.md) has "
        "those of 10,000 images.",
    )


def _volatile_digits(s: Study) -> tuple[str, str]:
    def told(noise: float, readout: str, age: float = 1.0) -> str:
        return s.percents("system.accuracy", read_noise=noise, readout=readout, age=age)

    energy = 1e6 * s.mean("system.energy.pulses")
    return (
        f"88 devices that differ by a tenth know {told(0.01, 'software')} of MNIST's test after "
        f"10,000 images, and {told(0.1, 'software')} where a read has 10 % of noise; a readout "
        f"on RRAM keeps {told(0.01, 'arrays')} (three chips) and {told(0.01, 'arrays', DAY)} a "
        "day later.",
        "Measured were 88.1 %. 176 currents that are much alike want exact weights. An image "
        f"takes {energy:.0f} µJ of pulses.",
    )


def _zero_shot(s: Study) -> tuple[str, str]:
    def told(bits: int, stuck: float = 0.0) -> str:
        at = {"bits": bits, "effects.stuck.low": stuck}
        return s.percent("system.accuracy.images", task="images", **at)

    assert s.mean("system.writes") == 0, "nothing is ever written"
    software = s.percent("system.accuracy.images.software", task="images")
    found = s.rows(task="retrieval").groupby("point")["system.accuracy"].mean()
    seen, chance = (s.mean(f"system.accuracy.{k}", point=0) for k in ("seen", "chance"))
    return (
        f"1,000 neurons tell {told(8)} of the images on RRAM and {software} in software; "
        f"converters of 4 bits leave {told(4)}, 5 % of stuck cells {told(8, 0.05)}, and nothing "
        "is ever written.",
        f"Sounds find images of the seven digits that were learned in {percent(seen, 0)} of "
        f"cases, and those of the two that were not in {percent(found.min(), 0)} to "
        f"{percent(found.max(), 0)}, no better than by chance ({percent(chance, 0)}).",
    )


ENTRIES = [
    Entry(
        name="balance_repair",
        picture="system-1-memory.svg",
        found=_balance_repair,
        shows="memory capacity, rates and pulses against age, with one target rate and with many",
        paper="K. Srinivasan, D. Plenz and M. Girvan, Boosting reservoir computing with "
        "brain-inspired adaptive dynamics, [arXiv:2504.12480](https://arxiv.org/abs/2504.12480) "
        "(2025)",
    ),
    Entry(
        name="content_memory",
        picture="system.svg",
        found=_content_memory,
        shows="recalls and wrong bits against on over off, a line for each share of stuck cells",
        paper="D. Casanueva-Morato et al., Bio-inspired computational memory model of the "
        "hippocampus: An approach to a neuromorphic spike-based content-addressable memory, "
        "[Neural Networks 178, 106474](https://doi.org/10.1016/j.neunet.2024.106474) (2024)",
    ),
    Entry(
        name="symmetric_stdp",
        picture="system.svg",
        found=_symmetric_stdp,
        shows="accuracy, spikes and pulses against levels, noise, window and stuck cells",
        paper="Y. Hao, X. Huang, M. Dong and B. Xu, A biologically plausible supervised "
        "learning method for spiking neural networks using the symmetric STDP rule, [Neural "
        "Networks 121, 387](https://doi.org/10.1016/j.neunet.2019.09.007) (2020)",
    ),
    Entry(
        name="legendre_memory",
        picture="system.svg",
        found=_legendre_memory,
        shows="letters told, spikes, reads and energy against age, a line for each way to hold "
        "the state space, with two windows",
        paper="B. Leto, G. Urgese, E. Macii and V. Fra, A LIF-based Legendre memory unit as "
        "neuromorphic state space model benchmarked on a second-long spatio-temporal task, "
        "[NICE](https://doi.org/10.1109/nice65350.2025.11065250) (2025)",
    ),
    Entry(
        name="astrocyte_liquid",
        picture="system.svg",
        found=_astrocyte_liquid,
        shows="images told, branching factor, rate, spikes and pulses against levels, with and "
        "without stuck cells, for three kinds of plasticity",
        paper="V. A. Ivanov and K. P. Michmizos, Increasing liquid state machine performance "
        "with edge-of-chaos dynamics organized by astrocyte-modulated plasticity, NeurIPS "
        "(2021), [arXiv:2111.01760](https://arxiv.org/abs/2111.01760)",
    ),
    Entry(
        name="volatile_digits",
        picture="system.svg",
        found=_volatile_digits,
        shows="images told and energy against noise of reads, readout in software and on "
        "arrays, at two ages",
        paper="C. Du et al., Reservoir computing using dynamic memristors for temporal "
        "information processing, [Nature Communications 8, "
        "2204](https://doi.org/10.1038/s41467-017-02337-y) (2017)",
    ),
    Entry(
        name="zero_shot",
        picture="system-1-images.svg",
        found=_zero_shot,
        shows="images told, spikes and energy against bits of the converters, with and without "
        "stuck cells",
        paper="N. Lin et al., Resistive memory-based zero-shot liquid state machine for "
        "multimodal event data learning, [Nature Computational "
        "Science](https://doi.org/10.1038/s43588-024-00751-z) (2025)",
    ),
]
