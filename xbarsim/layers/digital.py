"""Operations that stay digital: functions of a node's settings and its inputs."""

from collections.abc import Mapping

from xbarsim.layers.attention import ATTENTION
from xbarsim.layers.elementwise import ELEMENTWISE
from xbarsim.layers.elementwise import DigitalOp as DigitalOp
from xbarsim.layers.normalise import NORMALISE
from xbarsim.layers.pooling import POOLING
from xbarsim.layers.shapes import SHAPES

#: what a node's `op` names; the tables say which settings and arrays each takes
DIGITAL: Mapping[str, DigitalOp] = {
    **ELEMENTWISE,
    **SHAPES,
    **POOLING,
    **NORMALISE,
    **ATTENTION,
}
