"""``xbarsim check``: a scenario resolved, without running it."""

from typing import Any

from xbarsim.cli.faults import echo_json
from xbarsim.cli.options import JsonOption, ScenarioArgument, SetOption, SweepOption, plan_of


def check(
    scenario: ScenarioArgument,
    set_: SetOption = None,
    sweep: SweepOption = None,
    json: JsonOption = False,
) -> None:
    """Check a scenario and show it resolved, in SI units, without running it.

    With --json: [bold]scenario[/bold], [bold]axes[/bold], [bold]points[/bold],
    [bold]trials[/bold] at each, [bold]runs[/bold] in all (of a search the most),
    [bold]effects[/bold] and [bold]warnings[/bold]; of a bad scenario [bold]error.faults[/bold] with
    file, line, column, path and message.

    Example: [bold]xbarsim check my.yaml --set array.adc.bits=6 --sweep array.rows=32,64,128[/bold]
    """
    plan = plan_of(scenario, set_, sweep)
    told = _told(plan)
    if json:
        echo_json({"source": plan.source, "scenario": plan.resolved, "axes": plan.axes, **told})
        return
    from xbarsim.documents import yaml_text

    print(yaml_text(plan.resolved), end="")
    most = "at most " if plan.scenario.search else ""
    print(f"# {most}{told['points']} points x {told['trials']} trials = {told['runs']} runs")
    if told["effects"]:
        print(f"# effects: {', '.join(told['effects'])}; each draws from a stream of its own")
    for warning in told["warnings"]:
        print(f"# warning: {warning}")


def _told(plan: Any) -> dict[str, Any]:
    """How much there is to run, which effects are on, and what to know before it is."""
    from xbarsim.scenario import warnings_of
    from xbarsim.scenario.effects import effects_of

    points, trials = plan.most, plan.scenario.sweep.trials
    found = [effects for p in plan.points if (effects := effects_of(p.effects)) is not None]
    return {
        "points": points,
        "trials": trials,
        "runs": points * trials,
        "effects": list(dict.fromkeys(name for effects in found for name in effects.on)),
        "warnings": list(dict.fromkeys(w for p in plan.points for w in warnings_of(p))),
    }
