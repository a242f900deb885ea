"""Where each layer of a network stands: which arrays, which rows and columns."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xbarsim.hardware import Hardware
from xbarsim.mapping.model import Dense, read_model
from xbarsim.partition import Partition

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Placement:
    """A network placed on arrays of its own, layer by layer.

    Parameters
    ----------
    layers : the network.
    hardware : what the arrays are built from.
    """

    layers: list[Dense]
    hardware: Hardware

    @property
    def table(self) -> "pd.DataFrame":
        """A row for each array: layer, grid position, inputs, outputs, used rows and columns."""
        import pandas as pd

        rows: list[dict[str, Any]] = []
        for layer in self.layers:
            rows += [{"layer": layer.name, **row} for row in self.partition(layer).table()]
        return pd.DataFrame(rows)

    @property
    def utilisation(self) -> float:
        """Share of all cells that hold a weight, 1."""
        table = self.table
        used = (table["used_rows"] * table["used_cols"]).sum()
        return float(used / (table["rows"] * table["cols"]).sum())

    def partition(self, layer: Dense) -> Partition:
        """How `layer` is cut into arrays."""
        return Partition(
            inputs=layer.weights.shape[1],
            outputs=layer.weights.shape[0],
            rows=self.hardware.rows,
            cols=self.hardware.cols,
            encoding=self.hardware.encoding,
        )

    def plot(self, ax: Any = None) -> Any:
        """A floorplan: every array as a square, its used part filled; returns the axes."""
        from matplotlib.figure import Figure
        from matplotlib.patches import Rectangle

        table = self.table
        ax = ax or Figure(figsize=(8, 1.6 * len(self.layers))).add_subplot()
        for depth, (name, arrays) in enumerate(table.groupby("layer", sort=False)):
            for place, row in enumerate(arrays.to_dict(orient="records")):
                x, y = 1.2 * place, -1.4 * depth
                ax.add_patch(Rectangle((x, y), 1, 1, fill=False))
                w, h = row["used_cols"] / row["cols"], row["used_rows"] / row["rows"]
                ax.add_patch(Rectangle((x, y), w, h, color=f"C{depth % 10}", alpha=0.6))
            ax.text(-0.2, -1.4 * depth + 0.5, str(name), ha="right", va="center")
        ax.set_aspect("equal")
        ax.autoscale_view()
        ax.set_axis_off()
        return ax


def map_network(model: Any, hardware: Hardware) -> Placement:
    """Place `model` on arrays of `hardware`.

    Parameters
    ----------
    model : a sequence of `Dense` layers or a fitted scikit-learn MLPClassifier or MLPRegressor.
    hardware : what the arrays are built from.

    Raises
    ------
    SpecError : a model that cannot be mapped; the message says why.
    """
    return Placement(layers=read_model(model), hardware=hardware)
