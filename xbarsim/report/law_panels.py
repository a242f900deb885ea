"""What a switching law does, a panel for each experiment."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from xbarsim.programming.characterise import Kinetics
from xbarsim.programming.retention import Retention
from xbarsim.programming.staircases import Staircases
from xbarsim.programming.sweeps import IVSweep
from xbarsim.report.log_axis import log_axis, spans_decades
from xbarsim.report.style import INK, MUTED, curve_look, nothing
from xbarsim.report.text import prefixed, quantity_text

_STILL = 1e-6  # relative change of a conductance that counts as none
_WIDE = 100.0  # ratio of conductances beyond which currents are drawn over decades


def hysteresis(axes: Axes, sweeps: Sequence[IVSweep]) -> None:
    """Current against voltage at each frequency."""
    axes.set_title("Sweep")
    largest = max(float(abs(s.i).max()) for s in sweeps)
    wide = sweeps[0].g.min() > 0 and sweeps[0].g.max() / sweeps[0].g.min() > _WIDE
    factor, unit = (1.0, "A") if wide else prefixed(largest, "A")
    for k, sweep in enumerate(sweeps):
        look = curve_look(k)
        i = abs(sweep.i) if wide else sweep.i
        i = np.where((sweep.v == 0) & wide, np.nan, factor * i)
        axes.plot(sweep.v, i, label=quantity_text(1 / sweep.period, "hertz"), **look)
    axes.set_xlabel("voltage / V")
    if wide:
        moving = np.concatenate([abs(s.i)[s.v != 0] for s in sweeps])
        log_axis(axes, "y", moving[moving > 1e-7 * largest], "ampere")
        axes.set_ylabel("|current|")
    else:
        axes.set_ylabel(f"current / {unit}")
        axes.axhline(0.0, color=MUTED, linewidth=0.6)
    axes.axvline(0.0, color=MUTED, linewidth=0.6)
    _legend_below(axes)


def kinetics(axes: Axes, found: Kinetics | None) -> None:
    """Switching times against voltage, a colour for each temperature."""
    axes.set_title("Switching time")
    sides = [] if found is None else [(found.v_set, found.t_set, "SET", "o"),
                                      (found.v_reset, found.t_reset, "RESET", "s")]  # fmt: skip
    drawn = [t[np.isfinite(t) & (t > 0)] for _, t, *_ in sides]
    if found is None or not sum(len(t) for t in drawn):
        nothing(axes, "no switching at constant voltage")
        return
    many = len(found.temperatures) > 1
    for volts, times, name, marker in sides:
        for k, kelvin in enumerate(found.temperatures):
            t = times[:, k] if len(times) else np.empty(0)
            ends = np.isfinite(t) & (t > 0)
            if not ends.any():
                continue
            look = curve_look(k if many else (name == "RESET") * 1)
            look |= {"linestyle": "-" if name == "SET" else "--", "marker": marker}
            label = f"{name}, {kelvin:.4g} K" if many else name
            axes.plot(volts[ends], t[ends], label=label, markersize=3, **look)
    log_axis(axes, "y", np.concatenate(drawn), "second")
    axes.set(xlabel="voltage / V", ylabel="time")
    _legend_below(axes)


def staircases(axes: Axes, found: Sequence[tuple[str, Staircases]]) -> None:
    """Conductance against the number of the pulse, up and down again."""
    axes.set_title("Pulses up, then down")
    if not found:
        nothing(axes, "no pulses that switch it")
        return
    if all(np.ptp(s.up) <= _STILL * s.up.max() for _, s in found):
        nothing(axes, "pulses leave nothing behind")
        return
    values = np.concatenate([np.concatenate([s.up, s.down]) for _, s in found])
    wide = spans_decades(values)
    factor, unit = (1.0, "S") if wide else prefixed(float(values.max()), "S")
    for k, (name, stairs) in enumerate(found):
        n = len(stairs.up) - 1
        look = curve_look(k) | {"marker": "os"[k % 2]}
        g = factor * np.concatenate([stairs.up, stairs.down[1:]])
        axes.plot(np.arange(len(g)), g, markersize=2.5, linewidth=0.8, label=name, **look)
        axes.axvline(n, color=MUTED, linewidth=0.6, linestyle=":")
    axes.set_xlabel(f"pulse of {quantity_text(found[0][1].width, 'second')}")
    if wide:
        log_axis(axes, "y", values, "siemens")
        axes.set_ylabel("conductance")
    else:
        axes.set_ylabel(f"conductance / {unit}")
    _legend_below(axes)


def steps(axes: Axes, stairs: Staircases | None, symmetry: float | None) -> None:
    """Step of equal pulses against the conductance before, and where both signs balance."""
    axes.set_title("Step of equal pulses")
    if stairs is None or not (np.ptp(stairs.up) or np.ptp(stairs.down)):
        nothing(axes, "equal pulses move nothing")
        return
    largest = stairs.window[1]
    factor, unit = prefixed(largest, "S")
    size = max(float(abs(np.diff(s)).max()) for s in (stairs.up, stairs.down))
    finer, step_unit = prefixed(size, "S")
    for k, (name, g) in enumerate((("up", stairs.up), ("down", stairs.down))):
        axes.plot(factor * g[:-1], finer * np.diff(g), markersize=3, linewidth=0.8, label=name,
                  **curve_look(k), marker="os"[k])  # fmt: skip
    axes.axhline(0.0, color=MUTED, linewidth=0.6)
    axes.set(xlabel=f"conductance / {unit}", ylabel=f"step / {step_unit}")
    low, high = stairs.window
    if symmetry is not None and low - 0.1 * (high - low) <= symmetry <= high + 0.1 * (high - low):
        axes.axvline(factor * symmetry, color=INK, linewidth=0.9, linestyle=":",
                     label="symmetry point")  # fmt: skip
    _legend_below(axes)


def relaxation(axes: Axes, found: Retention) -> None:
    """Conductance without voltage over time."""
    axes.set_title("Without voltage")
    g = found.g.reshape(len(found.ages))
    later = found.ages > 0
    wide = spans_decades(g)
    factor, unit = (1.0, "S") if wide else prefixed(float(g.max()), "S")
    axes.plot(found.ages[later], factor * g[later], **curve_look(0))
    log_axis(axes, "x", found.ages[later], "second")
    axes.set_xlabel("time")
    if wide:
        log_axis(axes, "y", g, "siemens")
        axes.set_ylabel("conductance")
    else:
        axes.set_ylabel(f"conductance / {unit}")
        axes.set_ylim(bottom=0)


def _legend_below(axes: Axes) -> None:
    """The legend where no line is: under the name of the x axis."""
    axes.legend(fontsize=7.5, handlelength=2.0, ncols=3, columnspacing=1.2,
                loc="upper center", bbox_to_anchor=(0.5, -0.2))  # fmt: skip
