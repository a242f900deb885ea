"""Networks for MNIST and Fashion-MNIST, within a year."""

import pandas as pd

from findings.entry import DAY, YEAR, Entry, Study, percent, points, up

_PCM, _RRAM = "sheet joshi_2020", "sheet wan_2022"


def _good(s: Study, task: str, how: str, age: float, device: str | None = None) -> str:
    """Share of the chips that reach what is asked of them, with its interval."""
    found = s.results.summary()
    mine = (found["task"] == task) & (found["age"] == age) & (found["array.compensation"] == how)
    if device is not None:
        mine &= found["device"] == device
    (row,) = found[mine].to_dict("records")
    low, high = (percent(row[f"yield.{end}"], 0) for end in ("low", "high"))
    return f"{percent(row['yield'], 0)} ({low} to {high} with 95 % confidence)"


def _perceptrons_year(s: Study) -> tuple[str, str]:
    def kept(task: str, device: str, how: str) -> str:
        return s.percents("accuracy", task=task, device=device, age=YEAR, compensation=how)

    return (
        "On phase-change memory with a reference read a layer the perceptron keeps "
        f"{kept('mnist-mlp', _PCM, 'global')} of "
        f"{s.percent('accuracy.software', task='mnist-mlp')} on MNIST after a year, and "
        f"{kept('fashion-mlp', _PCM, 'global')} of "
        f"{s.percent('accuracy.software', task='fashion-mlp')} on Fashion-MNIST; without it "
        f"{kept('mnist-mlp', _PCM, 'none')} and {kept('fashion-mlp', _PCM, 'none')}.",
        f"On RRAM it keeps {kept('mnist-mlp', _RRAM, 'global')} and "
        f"{kept('fashion-mlp', _RRAM, 'global')}, most of that loss within the first second. "
        f"{_good(s, 'fashion-mlp', 'global', YEAR, _PCM)} of the chips on phase-change memory "
        "reach 88 % on Fashion-MNIST after a year. One pair of cells a weight on phase-change "
        "memory, six on RRAM, 60 chips each, the first 1,000 test images. Both devices were "
        "measured for a day or two: a year extrapolates.",
    )


def _lenet5_pcm_year(s: Study) -> tuple[str, str]:
    def kept(task: str, how: str) -> str:
        return s.percents("accuracy", task=task, age=YEAR, compensation=how)

    return (
        f"With a reference read a layer LeNet-5 keeps {kept('mnist-lenet5', 'global')} of "
        f"{s.percent('accuracy.software', task='mnist-lenet5')} on MNIST after a year, and "
        f"{kept('fashion-lenet5', 'global')} of "
        f"{s.percent('accuracy.software', task='fashion-lenet5')} on Fashion-MNIST; without it "
        f"{kept('mnist-lenet5', 'none')} and {kept('fashion-lenet5', 'none')}.",
        "Of chips that are to reach 89 % on Fashion-MNIST "
        f"{_good(s, 'fashion-lenet5', 'global', 20.0)} do at first, and after a year "
        f"{_good(s, 'fashion-lenet5', 'global', YEAR)}. One pair of cells a weight, 320 chips, "
        "the first 1,000 test images. The device was measured for a day: a year extrapolates.",
    )


def _lenet5_rram_year(s: Study) -> tuple[str, str]:
    def lost(age: float) -> float:
        left = s.mean("accuracy", task="fashion-lenet5", age=age, compensation="none")
        return s.mean("accuracy.software", task="fashion-lenet5") - left

    return (
        "LeNet-5 keeps "
        f"{s.percents('accuracy', task='mnist-lenet5', age=YEAR, compensation='none')} of "
        f"{s.percent('accuracy.software', task='mnist-lenet5')} on MNIST after a year; on "
        f"Fashion-MNIST {points(lost(1.0))} points of "
        f"{s.percent('accuracy.software', task='fashion-lenet5')} are gone after a second, "
        f"{points(lost(DAY))} after a day and {points(lost(YEAR))} after a year.",
        f"There is little drift to compensate. {_good(s, 'fashion-lenet5', 'none', YEAR)} of the "
        "chips reach 89 % after a year. Six pairs of cells a weight, 60 chips. The device was "
        "measured for two days: a year extrapolates.",
    )


def _hardware_aware(s: Study) -> tuple[str, str]:
    table, keys = s.rows(), ["task", "device", "age"]
    aware = table["tasks.fashion-lenet5.network.hardware_aware"] != "none"
    plain = table[~aware].groupby(keys)[["accuracy", "accuracy.software"]].mean()
    lost = plain["accuracy.software"] - plain["accuracy"]
    back = (table[aware].groupby(keys)["accuracy"].mean() - plain["accuracy"]) / lost

    def day(point: int) -> str:
        return s.percents("accuracy", task="fashion-lenet5", point=point, age=DAY)

    return (
        "Where networks of software lose more than a point, ten more epochs with the hardware "
        f"in the loop bring back {percent(back[lost > 0.01].min(), 0)} of it or more: of "
        f"LeNet-5's {s.percent('accuracy.software', task='fashion-lenet5', point=2)} on "
        f"Fashion-MNIST a day on RRAM leaves {day(2)}, and {day(3)} of a network trained with it.",
        "Where less is lost such networks end above what the first had in software: a part of "
        "the gain is that of more epochs. One pair of cells a weight, a reference read a layer, "
        "16 chips each.",
    )


def _what_costs(s: Study) -> tuple[str, str]:
    summary: pd.DataFrame = s.results.summary().set_index(["task", "device"])

    def of(task: str, sheet: str, effect: str) -> str:
        row = summary.loc[(task, sheet)]
        return f"{points(row[f'loss.{effect}'])} ± {up(100 * row[f'loss.{effect}.half_width'])}"

    def lost(task: str, sheet: str) -> str:
        row = summary.loc[(task, sheet)]
        return points(row["accuracy.software"] - row["accuracy"])

    lenet, mlp = "fashion-lenet5", "mnist-mlp"
    (rram,) = {d for _, d in summary.index if d.startswith(_RRAM)}
    return (
        "What costs accuracy is how exactly cells are written and how they drift: LeNet-5 on "
        f"Fashion-MNIST loses {lost(lenet, _PCM)} points within a year on phase-change memory, "
        f"of which {of(lenet, _PCM, 'programming')} to programming, {of(lenet, _PCM, 'drift')} "
        f"to what drift leaves behind the reference read and {of(lenet, _PCM, 'read_noise')} to "
        f"read noise, and {lost(lenet, rram)} points on RRAM, of which "
        f"{of(lenet, rram, 'programming')} to programming and {of(lenet, rram, 'drift')} to the "
        "relaxation of its cells.",
        f"The perceptron on MNIST loses {lost(mlp, _PCM)} and {lost(mlp, rram)}. Wires of 1 ohm "
        "a segment and converters of 8 bits cost nothing that can be told from zero. Twelve "
        "chips each, one pair of cells a weight, the first 1,000 test images; each chip's parts "
        "add up to its loss.",
    )


ENTRIES = [
    Entry(
        name="perceptrons_year",
        picture="accuracy-1-fashion-mlp.svg",
        found=_perceptrons_year,
        shows="accuracy on Fashion-MNIST against age, with and without compensation",
    ),
    Entry(
        name="lenet5_pcm_year",
        picture="accuracy-1-fashion-lenet5.svg",
        found=_lenet5_pcm_year,
        shows="accuracy on Fashion-MNIST against age, with and without compensation",
    ),
    Entry(
        name="lenet5_rram_year",
        picture="accuracy-1-fashion-lenet5.svg",
        found=_lenet5_rram_year,
        shows="accuracy on Fashion-MNIST against age, with and without compensation",
    ),
    Entry(
        name="hardware_aware",
        picture="accuracy-1-fashion-lenet5.svg",
        found=_hardware_aware,
        shows="accuracy of LeNet-5 on Fashion-MNIST against age, trained in software and with "
        "the hardware",
    ),
    Entry(
        name="what_costs",
        picture="losses-1-fashion-lenet5.svg",
        found=_what_costs,
        shows="what each effect costs of LeNet-5's accuracy on Fashion-MNIST, a bar for each "
        "device",
    ),
]
