"""Where each set of sequences has its files, and where to get them."""

from dataclasses import dataclass
from pathlib import Path

from xbarsim.errors import DataError, suggestion
from xbarsim.tasks.datasets import dataset_digest
from xbarsim.tasks.folder import data_folder, digest_of


@dataclass(frozen=True, kw_only=True)
class Source:
    """Files of a set.

    Parameters
    ----------
    title : how messages call it.
    holds : the files as a message names them.
    pattern : the same as a pattern below the folder.
    get : where they come from.
    """

    title: str
    holds: str
    pattern: str
    get: str


_UCR = "https://www.timeseriesclassification.com, or aeon/datasets/data of aeon-toolkit/aeon"
_TONIC = (
    "pip install tonic; tonic.datasets.{0}(save_to=FOLDER, train=True), then train=False, FOLDER "
    "being what XBARSIM_DATA names"
)
FILES = {
    "japanese_vowels": Source(
        title="Japanese Vowels",
        holds="JapaneseVowels_TRAIN.ts and JapaneseVowels_TEST.ts",
        pattern="JapaneseVowels_*.ts",
        get=_UCR,
    ),
    "basic_motions": Source(
        title="BasicMotions",
        holds="BasicMotions_TRAIN.ts and BasicMotions_TEST.ts",
        pattern="BasicMotions_*.ts",
        get=_UCR,
    ),
    "fsdd": Source(
        title="Free Spoken Digit Dataset",
        holds="recordings/0_george_0.wav and the others",
        pattern="recordings/*.wav",
        get="https://github.com/Jakobovski/free-spoken-digit-dataset, its folder recordings",
    ),
    "nmnist_small": Source(
        title="N-MNIST subset",
        holds="nmnist_small.zip with train1K.txt, test100.txt and 1.bs2 to 60100.bs2",
        pattern="nmnist_small.zip",
        get="test/test_files/NMNISTsmall of https://github.com/bamsumit/slayerPytorch, zipped",
    ),
    "nmnist": Source(
        title="N-MNIST",
        holds="Train/0/00002.bin and the others, Test alike",
        pattern="T*/[0-9]/*.bin",
        get="https://www.garrickorchard.com/datasets/n-mnist, both archives unpacked",
    ),
    "braille": Source(
        title="Braille letters",
        holds="braille_letters.npz",
        pattern="braille_letters.npz",
        get="https://github.com/fzenke/spytorch, notebooks/data, as arrays: "
        "see xbarsim.tasks.sequences.braille",
    ),
    "shd": Source(
        title="Spiking Heidelberg Digits",
        holds="shd_train.h5 and shd_test.h5",
        pattern="*.h5",
        get=_TONIC.format("SHD"),
    ),
    "n_tidigits": Source(
        title="N-TIDIGITS18",
        holds="n-tidigits.hdf5",
        pattern="n-tidigits.hdf5",
        get=_TONIC.format("NTIDIGITS18"),
    ),
    "dvs128": Source(
        title="DVS128 Gesture",
        holds="ibmGestureTrain and ibmGestureTest",
        pattern="ibmGesture*/**/*.npy",
        get=_TONIC.format("DVSGesture"),
    ),
}
_FOLDERS = {
    "nmnist": "NMNIST",
    "braille": "braille_events",
    "shd": "SHD",
    "n_tidigits": "NTIDIGITS18",
    "dvs128": "DVSGesture",
}
IMAGES = ("mnist", "fashion_mnist")
GENERATED = ("spike_templates", "formant_vowels")
SEQUENCES = (*GENERATED, *FILES, *IMAGES)


def folder_name(name: str) -> str:
    """The folder of a set below what XBARSIM_DATA names."""
    return _FOLDERS.get(name, name)


def sequence_folder(name: str) -> Path:
    """The folder of a set that has files of its own.

    Raises
    ------
    DataError : there is none; says where to get them and what runs without.
    """
    source, folder = FILES[name], folder_name(name)
    holds = f"{folder}/ with {source.holds} (from {source.get})"
    instead = f"{' or '.join(GENERATED)} (among systems: balance or content_memory)"
    return data_folder(folder, source.title, holds=holds, instead=instead)


def sequence_digest(name: str) -> str:
    """A hash of the files that a set is read from; of its name where it needs none.

    Raises
    ------
    DataError : an unknown set, or missing files.
    """
    if name in GENERATED:
        return name
    if name in IMAGES:
        return dataset_digest(name)
    check_known(name)
    folder = sequence_folder(name)
    files = sorted(folder.glob(FILES[name].pattern))
    if not files:
        raise DataError(f"{folder}: holds no {FILES[name].pattern}; get {FILES[name].get}")
    return digest_of(*files)


def check_known(name: str) -> None:
    """Refuse a set that is not known.

    Raises
    ------
    DataError : names the known ones.
    """
    if name not in SEQUENCES:
        raise DataError(f"no set of sequences '{name}'{suggestion(str(name), SEQUENCES)}")
