"""All built-in models by kind of component, and which is taken where none is named."""

from xbarsim.energy.component import Component, Model
from xbarsim.energy.parts import (
    activations,
    adc_other,
    adc_sar,
    adc_survey,
    analogue,
    dac,
    drivers,
    links,
    logic,
    memory,
    neurons,
    standing,
    time_domain,
)


def _by_name(*models: Model) -> dict[str, Component]:
    return {model.name: model for model in models}


#: the first of each kind is the standard one
CATALOGUE: dict[str, dict[str, Component]] = {
    "adc": _by_name(
        adc_survey.PLUGIN, adc_survey.SURVEY, adc_sar.SAR, adc_sar.SAR_MONOTONIC, adc_other.FLASH,
        adc_other.RAMP, adc_other.COUNTER, adc_other.CHARGE_DECREMENT, adc_other.ZIGZAG,
        time_domain.TIME_TO_DIGITAL, adc_sar.FLOOR,
    ),
    "dac": _by_name(
        dac.CAPACITIVE, dac.SINGLE_BIT, dac.PULSE_WIDTH, dac.C2C, dac.R2R, dac.CHEN
    ),
    "word_line": _by_name(drivers.WORD_LINE),
    "bit_line": _by_name(drivers.BIT_LINE),
    "level_shifter": _by_name(drivers.LEVEL_SHIFTER),
    "charge_pump": _by_name(drivers.CHARGE_PUMP),
    "decoder": _by_name(drivers.DECODER),
    "row_buffer": _by_name(drivers.ROW_BUFFER),
    "sample_hold": _by_name(analogue.THERMAL, analogue.ISAAC_SAMPLE_HOLD),
    "integrator": _by_name(analogue.NEURRAM),
    "amplifier": _by_name(analogue.AMPLIFIER),
    "mux": _by_name(analogue.MUX),
    "decision": _by_name(analogue.DECISION, time_domain.CHARGING_COMPARATOR),
    "current_adder": _by_name(time_domain.CURRENT_ADDER),
    "sum_buffer": _by_name(time_domain.SUM_BUFFER),
    "adder": _by_name(logic.ADDER),
    "shift_add": _by_name(logic.SHIFT_ADD, logic.SHIFT_ADD_NEURRAM, logic.SHIFT_ADD_JIA),
    "register": _by_name(logic.REGISTER),
    "counter": _by_name(logic.COUNTER),
    "comparator": _by_name(logic.COMPARATOR),
    "multiplier": _by_name(logic.MULTIPLIER),
    "mac": _by_name(logic.MAC, logic.MAC_FP16, logic.MAC_FP32, logic.MAC_ALADDIN),
    "activation": _by_name(activations.RELU, activations.LOOKUP, activations.SIGMOID),
    "register_file": _by_name(memory.REGISTER_FILE),
    "sram": _by_name(memory.SRAM),
    "edram": _by_name(memory.EDRAM),
    "off_chip": _by_name(*memory.OFF_CHIP),
    "wire": _by_name(links.WIRE, links.REPEATED),
    "bus": _by_name(links.BUS),
    "router": _by_name(links.ROUTER),
    "h_tree": _by_name(links.H_TREE),
    "mesh": _by_name(links.MESH),
    "clock": _by_name(standing.CLOCK),
    "leakage": _by_name(standing.BY_AREA, standing.BY_GATES),
    "neuron": _by_name(neurons.DIGITAL, neurons.ANALOGUE),
    "event": _by_name(neurons.EVENT),
}  # fmt: skip

STANDARD: dict[str, str] = {kind: next(iter(models)) for kind, models in CATALOGUE.items()}
