"""Weights to conductance targets and back: the only place that transposes."""

from xbarsim.encode.code import Encoding as Encoding
from xbarsim.encode.code import encoding_of as encoding_of
from xbarsim.encode.faults import mended_pairs as mended_pairs
from xbarsim.encode.faults import row_order as row_order
from xbarsim.encode.slopes import check_smooth as check_smooth
from xbarsim.encode.slopes import decode_slope as decode_slope
from xbarsim.encode.slopes import target_slope as target_slope
