"""What the marks of a figure say when the pointer rests on them."""

from collections.abc import Iterable, Sequence

from matplotlib.artist import Artist
from matplotlib.container import BarContainer
from matplotlib.figure import Figure

MAX_MARKS = 150  #: of a figure; where there are more, none does, which keeps the page small
_WORDS = "xbarsim_words"


def tell(artist: Artist, texts: Sequence[str]) -> None:
    """Let every mark of a line say one of `texts`, in their order; or a patch its only one."""
    setattr(artist, _WORDS, list(texts))


def tell_bars(bars: BarContainer, labels: Iterable[str], name: str, values: Iterable[str]) -> None:
    """Let each of the bars of one name say its label, the name and its value."""
    for bar, label, value in zip(bars, labels, values, strict=True):
        tell(bar, [f"{label}: {name} {value}"])


def told(figure: Figure) -> dict[str, list[str]]:
    """What was told of artists of a figure, by the id that each now has in its SVG."""
    artists = figure.findobj(lambda artist: hasattr(artist, _WORDS))
    words = {f"told_{k}": list(getattr(a, _WORDS)) for k, a in enumerate(artists)}
    if sum(map(len, words.values())) > MAX_MARKS:
        return {}
    for name, artist in zip(words, artists, strict=True):
        artist.set_gid(name)
    return words
