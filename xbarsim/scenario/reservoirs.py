"""What a scenario may say of reservoirs and of what they learn."""

from typing import Annotated, Literal

from pydantic import Field

from xbarsim.scenario.base import Part, Quantity
from xbarsim.scenario.quantities import Name, SignedVoltage
from xbarsim.tasks.sequences.sources import SEQUENCES

Count = Annotated[int, Field(ge=1, le=20_000)]
Steps = Annotated[int, Field(ge=1, le=10_000_000)]
Scale = Annotated[float, Field(ge=0, le=1e6)]
Share = Annotated[float, Field(gt=0, le=1)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Time = Annotated[float, Quantity("second", 1e-12, 1e4)]
Wait = Annotated[float, Quantity("second", 0.0, 1e4)]


class ReadSpec(Part):
    """What the readout of a reservoir sees, and what it is."""

    readout: Literal["ridge", "logistic", "counts"] = Field(
        default="ridge", description="what is trained"
    )
    readout_on_array: bool = Field(
        default=False, description="whether the readout stands on arrays, too"
    )
    direct: bool = Field(default=False, description="the readout sees the inputs, too")
    squares: bool = Field(default=False, description="it sees squares of what it sees, too")
    pooling: Annotated[int, Field(ge=1, le=1000)] | Literal["last"] = Field(
        default=1,
        description="of series with a class: sections that features are averaged over, or last",
    )


class EchoStateSpec(ReadSpec):
    """Leaky rate neurons; keys are those of `xbarsim.reservoirs.echo_state.EchoState`."""

    kind: Literal["echo_state"]
    units: Count = Field(default=200, description="neurons of a reservoir")
    layers: Annotated[int, Field(ge=1, le=100)] = Field(
        default=1, description="reservoirs of so many units each, in the arrangement"
    )
    arrangement: Literal["deep", "parallel"] = Field(
        default="deep", description="of several layers: one after the other, or side by side"
    )
    topology: Literal["random", "cycle", "small_world", "block"] = Field(
        default="random", description="who is connected with whom"
    )
    density: Share = Field(
        default=0.1, description="share of the recurrent connections that there are"
    )
    spectral_radius: Scale = Field(default=0.9, description="of the recurrent weights")
    leak: Share = Field(default=1.0, description="leak rate")
    input_scaling: Scale = Field(
        default=1.0, description="largest input weight, or standard deviation of normal ones"
    )
    input_density: Share = Field(
        default=1.0, description="share of the input connections that there are"
    )
    input_weights: Literal["uniform", "sign", "normal"] = Field(
        default="uniform", description="how they are drawn"
    )
    bias_scaling: Scale = Field(default=0.0, description="largest bias")
    activation: Literal["tanh", "identity", "relu", "logistic"] = Field(
        default="tanh", description="of the neurons"
    )


class GaussianWiringSpec(Part):
    """Everything with everything, normal weights; `xbarsim.reservoirs.wiring.GaussianWiring`."""

    kind: Literal["gaussian"]
    inputs: Scale = Field(default=0.15, description="standard deviation of input weights")
    recurrent: Scale = Field(default=0.1, description="standard deviation of the others")


class _DaleSpec(Part):
    excitatory: Fraction = Field(default=0.8, description="share of the neurons")
    weight: Scale = Field(default=0.1, description="mean size of excitatory weights")
    input_share: Fraction = Field(
        default=0.15, description="share of the pairs of channel and neuron that are connected"
    )
    input_weight: Scale = Field(
        default=0.45, description="size of input weights; signs are at random"
    )


class InDegreeWiringSpec(_DaleSpec):
    """So many inputs of each neuron; `xbarsim.reservoirs.wiring.InDegreeWiring`."""

    kind: Literal["in_degree"]
    degree: Annotated[int, Field(ge=0, le=20_000)] = Field(
        default=50, description="neurons that each one hears"
    )
    inhibition: Scale = Field(default=0.4, description="mean size of inhibitory weights")
    spread: Scale = Field(default=0.2, description="of sizes over their mean")


class DistanceWiringSpec(_DaleSpec):
    """Near neurons of a grid; `xbarsim.reservoirs.wiring.DistanceWiring`."""

    kind: Literal["distance"]
    shape: Annotated[list[Count], Field(min_length=1, max_length=3)] = Field(
        default=[10, 10, 10], description="places of the grid along its axes"
    )
    reach: Annotated[float, Field(gt=0, le=1e6)] = Field(
        default=3.0, description="distance over which connections become rarer, in places"
    )
    ee: Fraction = Field(
        default=0.2, description="chance from excitatory to excitatory neurons, next to each other"
    )
    ei: Fraction = Field(default=0.1, description="from excitatory to inhibitory ones")
    ie: Fraction = Field(default=0.3, description="from inhibitory to excitatory ones")
    ii: Fraction = Field(default=0.05, description="from inhibitory to inhibitory ones")
    inhibition: Scale = Field(default=0.1, description="mean size of inhibitory weights")
    spread: Scale = Field(default=0.0, description="of sizes over their mean")


WiringSpec = Annotated[
    GaussianWiringSpec | InDegreeWiringSpec | DistanceWiringSpec, Field(discriminator="kind")
]


class NeuronSpec(Part):
    """Neurons that leak and fire; `xbarsim.reservoirs.neuron_models.LIF`."""

    tau: Time = Field(default=20e-3, description="time constant of the membrane")
    threshold: Annotated[float, Field(gt=0, le=1e6)] = Field(
        default=1.0, description="potential above which there is a spike"
    )
    refractory: Wait = Field(default=0.0, description="time after a spike without another")
    while_refractory: Literal["held", "integrating"] = Field(
        default="held", description="whether the potential stays at its reset in that time"
    )
    tau_synapse: Wait = Field(default=0.0, description="0: spikes act in one step alone")
    resistance: Annotated[float, Field(gt=0, le=1e9)] = Field(
        default=1.0, description="of the membrane, in units of the potential over those of weights"
    )


class DelaysSpec(Part):
    """How long spikes travel; `xbarsim.reservoirs.delays.Delays`."""

    shortest: Wait = Field(description="delay, rounded to whole steps")
    longest: Wait = Field(description="delay; between the two all are as likely")
    per: Literal["neuron", "connection"] = Field(
        default="connection", description="what has a delay of its own"
    )


class LiquidStateSpec(ReadSpec):
    """Spiking neurons; keys are those of `xbarsim.reservoirs.liquid.LiquidState`."""

    kind: Literal["liquid"]
    units: Count = Field(default=500, description="neurons")
    wiring: WiringSpec = Field(
        default=GaussianWiringSpec(kind="gaussian"),
        description="who is connected with whom, and how strongly",
    )
    neuron: NeuronSpec = Field(default=NeuronSpec(), description="how neurons behave")
    delays: DelaysSpec | None = Field(default=None, description="null: one step")
    dt: Time = Field(default=1e-3, description="a step")
    feature: Literal["spikes", "trace", "membrane"] = Field(
        default="spikes", description="what the readout sees of each neuron"
    )
    tau_trace: Time = Field(default=20e-3, description="time constant of trace")


class TrainSpec(Part):
    """Pulses; `xbarsim.reservoirs.trains.Train`."""

    pulse: Time = Field(description="duration of a pulse")
    period: Time | None = Field(default=None, description="null: no pause between pulses")


class DynamicSpec(ReadSpec):
    """Devices of the scenario, a volatile law, as nodes; arrays there are none.

    Keys are those of `xbarsim.reservoirs.dynamic_reservoir.DynamicReservoir`.
    """

    kind: Literal["dynamic"]
    devices: Count = Field(default=25, description="that stand beside each other")
    nodes: Count = Field(default=4, description="slots of time of each device in a step")
    mask: Literal["random", "sequence", "section"] = Field(
        default="random", description="how inputs are spread over nodes"
    )
    rails: Annotated[list[SignedVoltage], Field(min_length=2, max_length=2)] = Field(
        default=[-0.8, 2.5], description="voltages between which masked inputs are placed"
    )
    train: TrainSpec = Field(default=TrainSpec(pulse=4.02e-6), description="the pulses of a step")
    read_noise: Fraction = Field(default=0.0, description="of each current that is read, over it")
    cycle: dict[str, Annotated[float, Field(ge=0)]] = Field(
        default={}, description="of parameters from pulse to pulse, over their value"
    )


ReservoirSpec = Annotated[
    EchoStateSpec | LiquidStateSpec | DynamicSpec, Field(discriminator="kind")
]


class _StepsSpec(Part):
    train: Steps = Field(default=2000, description="steps that are learned from, washout included")
    test: Annotated[int, Field(ge=2, le=10_000_000)] = Field(
        default=1000, description="steps on which the error is measured"
    )
    washout: Annotated[int, Field(ge=0)] = Field(
        default=100, description="first steps, which are not learned from"
    )


class NarmaSpec(_StepsSpec):
    """`xbarsim.tasks.series.narma10`."""

    source: Literal["narma10"]


class MackeyGlassSpec(_StepsSpec):
    """`xbarsim.tasks.series.mackey_glass`, one step ahead."""

    source: Literal["mackey_glass"]
    tau: Annotated[float, Field(ge=0.1, le=1000)] = Field(
        default=17.0, description="delay of the equation"
    )
    squashed: bool = Field(default=False, description="whether the series goes through tanh(x - 1)")


class HenonSpec(_StepsSpec):
    """`xbarsim.tasks.series.henon`, one step ahead."""

    source: Literal["henon"]
    noise: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.0, description="standard deviation of what is added in each step"
    )


class LorenzSpec(_StepsSpec):
    """`xbarsim.tasks.series.lorenz`, one step ahead."""

    source: Literal["lorenz"]
    dt: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.02, description="step of the series, in the time of the equations"
    )


class SantaFeSpec(_StepsSpec):
    """`xbarsim.tasks.series.santa_fe`, one step ahead; read from XBARSIM_DATA."""

    source: Literal["santa_fe"]


class MemorySpec(_StepsSpec):
    """`xbarsim.tasks.series.delayed`: inputs of so many steps before; measures memory capacity."""

    source: Literal["memory"]
    delays: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=40, description="how many steps back are asked for"
    )


class SequencesSpec(Part):
    """Series with a class each, see `xbarsim.tasks.sequences.load_sequences`."""

    source: Literal[SEQUENCES] = Field(  # type: ignore[valid-type]
        description="which data set"
    )
    features: Literal["mfcc", "cochlea", "lyon", "waveform"] | None = Field(
        default=None, description="of sounds; null: mfcc"
    )
    standardised: bool = Field(
        default=False, description="channels of mean 0 and standard deviation 1 in training"
    )
    train_limit: Annotated[int, Field(ge=2)] | None = Field(
        default=None, description="series that are learned from, evenly spread over the classes"
    )
    test_limit: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="series that are tested; null: all"
    )


DataSpec = Annotated[
    NarmaSpec | MackeyGlassSpec | HenonSpec | LorenzSpec | SantaFeSpec | MemorySpec | SequencesSpec,
    Field(discriminator="source"),
]


class ReservoirTaskSpec(Part):
    """A reservoir learns a series or classes; the metric is its error, memory or accuracy."""

    name: Name
    kind: Literal["reservoir"]
    reservoir: ReservoirSpec = Field(description="what computes")
    data: DataSpec = Field(description="what is learned")
    retrain: bool = Field(
        default=False, description="a new readout at every age; else that of the first one"
    )

    @property
    def stands_alone(self) -> bool:
        """Whether its nodes are devices that stand in no array."""
        return isinstance(self.reservoir, DynamicSpec)
