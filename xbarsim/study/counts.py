"""What the ledger of a chip says of its cells."""

from collections import Counter


def faulty(total: Counter[str]) -> dict[str, float]:
    """Shares of cells that are stuck, and that have failed, where there can be such."""
    return {
        f"cells.{what}": total[f"cells_{what}"] / total["cells_programmed"]
        for what in ("stuck", "failed")
        if f"cells_{what}" in total
    }


def written(total: Counter[str]) -> dict[str, float]:
    """What programming all cells cost, where their devices say so."""
    if "write_pulses" not in total:
        return {}
    cells = total["cells_programmed"]
    return {
        "write.energy": total["write_energy"],
        "write.pulses": total["write_pulses"] / cells,
        "write.unverified": total["cells_unverified"] / cells,
    }
