"""Parts of a module of PyTorch in place of others, and what is known of PyTorch's own."""

from collections.abc import Callable, Collection

from torch import nn

from xbarsim.errors import SpecError, suggestion

#: have parameters and stay digital: what they do with them is no product with a matrix
DIGITAL = (
    *(nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm, nn.InstanceNorm1d),
    *(nn.InstanceNorm2d, nn.InstanceNorm3d, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm),
    *(nn.PReLU, nn.Embedding, nn.EmbeddingBag),
)
#: multiply by the weights of layers inside them by themselves, past whatever stands there
BY_THEMSELVES = (nn.MultiheadAttention, nn.TransformerEncoderLayer)
#: where modules keep functions of the user's
HOOKS = ("_forward_pre_hooks", "_forward_hooks", "_backward_pre_hooks", "_backward_hooks")


def has_hooks(module: nn.Module) -> bool:
    """Whether functions of the user's run with a module, or with what is in it."""
    return any(getattr(m, hooks, None) for m in module.modules() for hooks in HOOKS)


def named(module: nn.Module, names: Collection[str]) -> list[nn.Module]:
    """The parts of `module` of these names, and all that is in them.

    Raises
    ------
    SpecError : no part has such a name.
    """
    known = dict(module.named_modules(remove_duplicate=False))
    del known[""]
    for name in names:
        if name not in known:
            raise SpecError(f"digital: no layer is called '{name}'{suggestion(name, [*known])}")
    return [m for name in names for m in known[name].modules()]


def replaced(module: nn.Module, make: Callable[[nn.Module, str], nn.Module | None]) -> nn.Module:
    """`module`, which is changed, with what `make` gives in place of its parts.

    Parameters
    ----------
    make : what stands for a part at its path, and takes over its mode; the part itself, which stays
        as it is with all in it; or None, and its own parts are gone into. It is asked once for a
        part that stands in several places.
    """
    done: dict[int, nn.Module] = {}

    def walk(part: nn.Module, path: str) -> nn.Module:
        if id(part) in done:
            return done[id(part)]
        new = make(part, path)
        done[id(part)] = part if new is None or new is part else new.train(part.training)
        if new is None:
            for name, child in part._modules.items():
                if child is not None:
                    part._modules[name] = walk(child, f"{path}.{name}" if path else name)
        return done[id(part)]

    return walk(module, "")
