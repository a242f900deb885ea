r"""How long one product of a matrix and a vector takes on its arrays, part by part.

A read of the arrays, with what comes before and after it, takes

.. math:: t_\text{front} = t_\text{decode} + t_\text{word line} + \max(t_\text{read},
    t_\text{settle}) + t_\text{hold}

There is one for each phase of the input. A product is made of rounds, each a front and the
conversions k that one converter makes one after the other: as many rounds as phases, or a single
one, of all fronts, where the phases' charges are added before they are converted. With samples
that are held twice, conversions of a round go on during the front of the next,

.. math:: t = n\, (t_\text{front} + t_\text{conversions})
    - (n - 1) \min(t_\text{front}, t_\text{conversions})

of n rounds; else nothing is hidden. A shift-and-add stands behind each converter and works on one
value while the next is converted, which waits if that takes longer; the last value passes it once
more, and then a tree over arrays whose outputs are added up digitally.

Converters in series and their overlap: Shafiee et al. (ISAAC), ISCA 2016; what stands in series
beside them is ours.
"""

from dataclasses import dataclass, fields

from xbarsim.checks import check_all, check_count, check_flag, check_number
from xbarsim.hardware import Hardware
from xbarsim.mapping.copies import Pace
from xbarsim.partition import Partition


@dataclass(frozen=True, kw_only=True)
class Times:
    """How long components take beside the reads and conversions that the hardware sets.

    Parameters
    ----------
    decode : decoders of a read, s.
    word_line : rise of the lines that select the cells of a read (see
        `xbarsim.energy.settling.word_line_delay`), s; 0 for cells that are not selected.
    settle : what outputs need until they are settled, s. A read takes this or `Hardware.t_read`,
        whichever is longer.
    hold : a sample, s.
    convert : one conversion, s; None takes the converter's rate.
    accumulate : one shift-and-add, s.
    buffer_read, buffer_write : one word of an array's own buffer, s.
    hop : router and wire from an array to its neighbour, for one word, s.
    activation : one value of an activation function or neuron, of which one stands behind each
        converter, s.
    values_per_word : values that a word of buffers and network holds.
    overlapped : whether samples are held twice, so that conversions overlap the next read.

    Raises
    ------
    SpecError : a time is negative or no number, and so on.
    """

    decode: float = 0.0
    word_line: float = 0.0
    settle: float = 0.0
    hold: float = 0.0
    convert: float | None = None
    accumulate: float = 0.0
    buffer_read: float = 0.0
    buffer_write: float = 0.0
    hop: float = 0.0
    activation: float = 0.0
    values_per_word: int = 1
    overlapped: bool = False

    def __post_init__(self) -> None:
        counts = ("values_per_word", "overlapped")
        left_out = (*counts, "convert") if self.convert is None else counts
        names = [field.name for field in fields(self) if field.name not in left_out]
        check_all(
            [
                *(
                    (check_number, f"times.{n}", getattr(self, n), 0.0, _INF, "second")
                    for n in names
                ),
                (check_count, "times.values_per_word", self.values_per_word, 1),
                (check_flag, "times.overlapped", self.overlapped),
            ]
        )


_INF = float("inf")
#: parts of a product's time, in the order in which they come
PARTS = ("decode", "word_line", "read", "hold", "convert", "accumulate", "buffer", "network",
         "activation")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Product:
    """Time of one product.

    Parameters
    ----------
    parts : each of `PARTS` in full, s.
    hidden : what of the conversions goes on during reads of the same product, s.
    handover : what of them can go on during the first read of the next product, s.
    """

    parts: dict[str, float]
    hidden: float
    handover: float

    @property
    def time(self) -> float:
        """Of one product alone, s."""
        return sum(self.parts.values()) - self.hidden


def product_time(
    partition: Partition,
    hardware: Hardware,
    pace: Pace,
    times: Times,
    hops: tuple[float, ...] = (),
    active: bool = False,
) -> Product:
    """Time of one product with the matrix on `partition`.

    Parameters
    ----------
    pace : its phases and conversions.
    hops : how far each packet of outputs goes, in arrays.
    active : whether an activation stands behind the matrix.
    """
    phases, count = pace.phases, pace.conversions
    one = _conversion(hardware, times)
    parts = {
        "decode": phases * times.decode,
        "word_line": phases * times.word_line,
        "read": phases * max(hardware.t_read, times.settle),
        "hold": phases * times.hold,
        "convert": _conversions(count, hardware, times),
        "accumulate": count * max(times.accumulate - one, 0.0)
        + _last_sums(partition, hardware, phases) * times.accumulate,
        "buffer": _buffer(partition, times),
        "network": _network(partition, times, hops),
        "activation": _in_series(partition, hardware) * times.activation if active else 0.0,
    }
    rounds = phases if hardware.phase_sums == "digital" else 1
    front = sum(parts[name] for name in ("decode", "word_line", "read", "hold")) / rounds
    shorter = min(front, count * max(times.accumulate, one) / rounds) if times.overlapped else 0.0
    return Product(parts=parts, hidden=(rounds - 1) * shorter, handover=shorter)


def _conversion(hardware: Hardware, times: Times) -> float:
    """Of one value, s."""
    if hardware.adc is None:
        return 0.0
    return 1 / hardware.adc.rate if times.convert is None else times.convert


def _conversions(count: int, hardware: Hardware, times: Times) -> float:
    """`count` of them, as `xbarsim.mapping.copies.pace` has it to the last bit, s."""
    if hardware.adc is None or times.convert is not None:
        return count * _conversion(hardware, times)
    return count / hardware.adc.rate


def _last_sums(partition: Partition, hardware: Hardware, phases: int) -> int:
    """Additions in series after the last conversion."""
    digital = phases > 1 and hardware.phase_sums == "digital"
    own = 1 if digital or partition.encoding.slices > 1 else 0
    tree = (partition.down - 1).bit_length() if hardware.partial_sums == "digital" else 0
    return own + tree


def _in_series(partition: Partition, hardware: Hardware) -> int:
    """Outputs that one converter gives."""
    if hardware.adc is None:
        return 1
    shared = min(hardware.adc.columns_per_adc, partition.signals)
    return -(-shared // partition.encoding.slices)


def _buffer(partition: Partition, times: Times) -> float:
    """Inputs of the largest array from its buffer, and its outputs into it, s."""
    inputs = max(len(piece.inputs) for piece in partition.pieces)
    read = _words(inputs, times) * times.buffer_read
    return read + _words(_outputs(partition), times) * times.buffer_write


def _network(partition: Partition, times: Times, hops: tuple[float, ...]) -> float:
    """Packets one after the other: the first word's hops, then a word a hop's time, s."""
    words = _words(_outputs(partition), times)
    return sum((far + words - 1) * times.hop for far in hops if far > 0)


def _outputs(partition: Partition) -> int:
    """Of the largest array."""
    return max(len(piece.outputs) for piece in partition.pieces)


def _words(values: int, times: Times) -> int:
    return -(-values // times.values_per_word)
