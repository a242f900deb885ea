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

    readout: Literal["ridge", "logistic", "counts"] = "ridge"
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
    units: Count = 200
    layers: Annotated[int, Field(ge=1, le=100)] = Field(
        default=1, description="reservoirs of so many units each, in the arrangement"
    )
    arrangement: Literal["deep", "parallel"] = "deep"
    topology: Literal["random", "cycle", "small_world", "block"] = "random"
    density: Share = 0.1
    spectral_radius: Scale = 0.9
    leak: Share = 1.0
    input_scaling: Scale = 1.0
    input_density: Share = 1.0
    input_weights: Literal["uniform", "sign", "normal"] = "uniform"
    bias_scaling: Scale = 0.0
    activation: Literal["tanh", "identity", "relu", "logistic"] = "tanh"


class GaussianWiringSpec(Part):
    """Everything with everything, normal weights; `xbarsim.reservoirs.wiring.GaussianWiring`."""

    kind: Literal["gaussian"]
    inputs: Scale = 0.15
    recurrent: Scale = 0.1


class _DaleSpec(Part):
    excitatory: Fraction = Field(default=0.8, description="share of the neurons")
    weight: Scale = 0.1
    input_share: Fraction = 0.15
    input_weight: Scale = 0.45


class InDegreeWiringSpec(_DaleSpec):
    """So many inputs of each neuron; `xbarsim.reservoirs.wiring.InDegreeWiring`."""

    kind: Literal["in_degree"]
    degree: Annotated[int, Field(ge=0, le=20_000)] = 50
    inhibition: Scale = 0.4
    spread: Scale = 0.2


class DistanceWiringSpec(_DaleSpec):
    """Near neurons of a grid; `xbarsim.reservoirs.wiring.DistanceWiring`."""

    kind: Literal["distance"]
    shape: Annotated[list[Count], Field(min_length=1, max_length=3)] = [10, 10, 10]
    reach: Annotated[float, Field(gt=0, le=1e6)] = 3.0
    ee: Fraction = 0.2
    ei: Fraction = 0.1
    ie: Fraction = 0.3
    ii: Fraction = 0.05
    inhibition: Scale = 0.1
    spread: Scale = 0.0


WiringSpec = Annotated[
    GaussianWiringSpec | InDegreeWiringSpec | DistanceWiringSpec, Field(discriminator="kind")
]


class NeuronSpec(Part):
    """Neurons that leak and fire; `xbarsim.reservoirs.neuron_models.LIF`."""

    tau: Time = 20e-3
    threshold: Annotated[float, Field(gt=0, le=1e6)] = 1.0
    refractory: Wait = 0.0
    while_refractory: Literal["held", "integrating"] = "held"
    tau_synapse: Wait = Field(default=0.0, description="0: spikes act in one step alone")
    resistance: Annotated[float, Field(gt=0, le=1e9)] = Field(
        default=1.0, description="of the membrane, in units of the potential over those of weights"
    )


class DelaysSpec(Part):
    """How long spikes travel; `xbarsim.reservoirs.delays.Delays`."""

    shortest: Wait
    longest: Wait
    per: Literal["neuron", "connection"] = "connection"


class LiquidStateSpec(ReadSpec):
    """Spiking neurons; keys are those of `xbarsim.reservoirs.liquid.LiquidState`."""

    kind: Literal["liquid"]
    units: Count = 500
    wiring: WiringSpec = GaussianWiringSpec(kind="gaussian")
    neuron: NeuronSpec = NeuronSpec()
    delays: DelaysSpec | None = Field(default=None, description="null: one step")
    dt: Time = 1e-3
    feature: Literal["spikes", "trace", "membrane"] = "spikes"
    tau_trace: Time = 20e-3


class TrainSpec(Part):
    """Pulses; `xbarsim.reservoirs.trains.Train`."""

    pulse: Time
    period: Time | None = Field(default=None, description="null: no pause between pulses")


class DynamicSpec(ReadSpec):
    """Devices of the scenario, a volatile law, as nodes; arrays there are none.

    Keys are those of `xbarsim.reservoirs.dynamic_reservoir.DynamicReservoir`.
    """

    kind: Literal["dynamic"]
    devices: Count = 25
    nodes: Count = 4
    mask: Literal["random", "sequence", "section"] = "random"
    rails: Annotated[list[SignedVoltage], Field(min_length=2, max_length=2)] = [-0.8, 2.5]
    train: TrainSpec = TrainSpec(pulse=4.02e-6)
    read_noise: Fraction = Field(default=0.0, description="of each current that is read, over it")
    cycle: dict[str, Annotated[float, Field(ge=0)]] = Field(
        default={}, description="of parameters from pulse to pulse, over their value"
    )


ReservoirSpec = Annotated[
    EchoStateSpec | LiquidStateSpec | DynamicSpec, Field(discriminator="kind")
]


class _StepsSpec(Part):
    train: Steps = Field(default=2000, description="steps that are learned from, washout included")
    test: Annotated[int, Field(ge=2, le=10_000_000)] = 1000
    washout: Annotated[int, Field(ge=0)] = 100


class NarmaSpec(_StepsSpec):
    """`xbarsim.tasks.series.narma10`."""

    source: Literal["narma10"]


class MackeyGlassSpec(_StepsSpec):
    """`xbarsim.tasks.series.mackey_glass`, one step ahead."""

    source: Literal["mackey_glass"]
    tau: Annotated[float, Field(ge=0.1, le=1000)] = 17.0
    squashed: bool = False


class HenonSpec(_StepsSpec):
    """`xbarsim.tasks.series.henon`, one step ahead."""

    source: Literal["henon"]
    noise: Annotated[float, Field(ge=0, le=1)] = 0.0


class LorenzSpec(_StepsSpec):
    """`xbarsim.tasks.series.lorenz`, one step ahead."""

    source: Literal["lorenz"]
    dt: Annotated[float, Field(gt=0, le=1)] = 0.02


class SantaFeSpec(_StepsSpec):
    """`xbarsim.tasks.series.santa_fe`, one step ahead; read from XBARSIM_DATA."""

    source: Literal["santa_fe"]


class MemorySpec(_StepsSpec):
    """`xbarsim.tasks.series.delayed`: inputs of so many steps before; measures memory capacity."""

    source: Literal["memory"]
    delays: Annotated[int, Field(ge=1, le=10_000)] = 40


class SequencesSpec(Part):
    """Series with a class each, see `xbarsim.tasks.sequences.load_sequences`."""

    source: Literal[SEQUENCES]  # type: ignore[valid-type]
    features: Literal["mfcc", "cochlea", "lyon", "waveform"] | None = Field(
        default=None, description="of sounds; null: mfcc"
    )
    standardised: bool = Field(
        default=False, description="channels of mean 0 and standard deviation 1 in training"
    )
    train_limit: Annotated[int, Field(ge=2)] | None = Field(
        default=None, description="series that are learned from, evenly spread over the classes"
    )
    test_limit: Annotated[int, Field(ge=1)] | None = None


DataSpec = Annotated[
    NarmaSpec | MackeyGlassSpec | HenonSpec | LorenzSpec | SantaFeSpec | MemorySpec | SequencesSpec,
    Field(discriminator="source"),
]


class ReservoirTaskSpec(Part):
    """A reservoir learns a series or classes; the metric is its error, memory or accuracy."""

    name: Name
    kind: Literal["reservoir"]
    reservoir: ReservoirSpec
    data: DataSpec
    retrain: bool = Field(
        default=False, description="a new readout at every age; else that of the first one"
    )

    @property
    def stands_alone(self) -> bool:
        """Whether its nodes are devices that stand in no array."""
        return isinstance(self.reservoir, DynamicSpec)
