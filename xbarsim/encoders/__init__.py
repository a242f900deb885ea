"""Signals to spike trains and features: what stands in front of a reservoir.

A series is (time, channels); spike trains are series of 0 and 1, or of counts. Where chance has a
part the draws are an argument.
"""

from xbarsim.encoders.cochlea import Cochlea as Cochlea
from xbarsim.encoders.delta import delta as delta
from xbarsim.encoders.events import Binning as Binning
from xbarsim.encoders.events import Events as Events
from xbarsim.encoders.events import bin_events as bin_events
from xbarsim.encoders.gammatone import Gammatone as Gammatone
from xbarsim.encoders.latency import Latency as Latency
from xbarsim.encoders.latency import first_spike_times as first_spike_times
from xbarsim.encoders.latency import latency as latency
from xbarsim.encoders.lyon import LyonEar as LyonEar
from xbarsim.encoders.mfcc import Mfcc as Mfcc
from xbarsim.encoders.poisson import poisson as poisson
from xbarsim.encoders.poisson import shares_of_total as shares_of_total
from xbarsim.encoders.poisson import spike_probability as spike_probability
from xbarsim.encoders.sigma_delta import sigma_delta as sigma_delta
from xbarsim.encoders.sigma_delta import sigma_delta_decode as sigma_delta_decode
from xbarsim.encoders.threshold_crossing import threshold_crossing as threshold_crossing
