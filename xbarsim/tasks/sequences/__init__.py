"""Sets of sequences: series with a class each, read from files or made."""

from xbarsim.tasks.sequences.braille import braille as braille
from xbarsim.tasks.sequences.dataset import SequenceDataset as SequenceDataset
from xbarsim.tasks.sequences.formant_vowels import formant_vowels as formant_vowels
from xbarsim.tasks.sequences.images import fashion_mnist as fashion_mnist
from xbarsim.tasks.sequences.images import mnist as mnist
from xbarsim.tasks.sequences.load import load_sequences as load_sequences
from xbarsim.tasks.sequences.nmnist import decode_nmnist as decode_nmnist
from xbarsim.tasks.sequences.nmnist import nmnist as nmnist
from xbarsim.tasks.sequences.nmnist import nmnist_small as nmnist_small
from xbarsim.tasks.sequences.nmnist import read_nmnist as read_nmnist
from xbarsim.tasks.sequences.sounds import featured as featured
from xbarsim.tasks.sequences.sounds import read_wav as read_wav
from xbarsim.tasks.sequences.sources import SEQUENCES as SEQUENCES
from xbarsim.tasks.sequences.sources import sequence_digest as sequence_digest
from xbarsim.tasks.sequences.spike_templates import spike_templates as spike_templates
from xbarsim.tasks.sequences.spoken_digits import fsdd as fsdd
from xbarsim.tasks.sequences.through_tonic import dvs128 as dvs128
from xbarsim.tasks.sequences.through_tonic import n_tidigits as n_tidigits
from xbarsim.tasks.sequences.through_tonic import shd as shd
from xbarsim.tasks.sequences.ts_file import TsFile as TsFile
from xbarsim.tasks.sequences.ts_file import read_ts as read_ts
from xbarsim.tasks.sequences.ucr import basic_motions as basic_motions
from xbarsim.tasks.sequences.ucr import japanese_vowels as japanese_vowels
from xbarsim.tasks.sequences.wav_folder import wav_folder as wav_folder
