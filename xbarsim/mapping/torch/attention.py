"""Attention of PyTorch: projections on tiles, the rest digital."""

from typing import Any

import numpy as np

from xbarsim.mapping.torch.draft import Call, Missing, Value
from xbarsim.mapping.torch.normalise import layer_norm_module
from xbarsim.mapping.torch.pointwise import activation
from xbarsim.mapping.torch.weighted import batch_first


def _mask(call: Call, mask: Any, sees: bool) -> dict[str, Any]:
    """Arrays of an attention node; `sees`: a true mask shows a key rather than hides it."""
    if mask is None:
        return {}
    values = call.constant(mask, "mask")
    if values.dtype.kind == "b":
        return {"keep": values if sees else ~values}
    keep = values > -np.inf
    return {"keep": keep, "bias": np.where(keep, values, 0.0)}


def scaled_dot_product_attention(
    call: Call,
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Value:
    """`torch.nn.functional.scaled_dot_product_attention`."""
    call.only(dropout_p=dropout_p or None, enable_gqa=enable_gqa)
    settings: dict[str, Any] = {"causal": True} if is_causal else {}
    if scale is not None:
        settings["scale"] = float(scale)
    arrays = _mask(call, attn_mask, sees=True)
    return call.add("attention", query, key, value, arrays=arrays, **settings)


def multihead_attention(
    call: Call,
    m: Any,
    query: Any,
    key: Any,
    value: Any,
    key_padding_mask: Any = None,
    need_weights: bool = True,
    attn_mask: Any = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
    part: str = "",
) -> tuple[Value, Missing]:
    """`torch.nn.MultiheadAttention`: layers ``q``, ``k``, ``v`` and ``out``."""
    call.only(key_padding_mask=key_padding_mask, add_zero_attn=m.add_zero_attn, bias_k=m.bias_k)
    if attn_mask is not None and getattr(attn_mask, "ndim", 2) != 2:
        call.refuse("its mask must have the axes (queries, keys)")
    part = f"{part}." if part else ""
    heads = []
    for k, (name, x) in enumerate(zip("qkv", (query, key, value), strict=True)):
        first = batch_first(call, call.value(x), m.batch_first, f"{part}{name}.batch_first")
        y = call.weighted("linear", first, _projection(m, k, name), f"{part}{name}")
        shape = (m.num_heads, m.head_dim)
        y = call.add("unflatten", y, part=f"{part}{name}.heads", axis=-1, shape=shape)
        heads.append(call.add("swap_axes", y, part=f"{part}{name}.apart", axes=(1, 2)))
    arrays = _mask(call, attn_mask, sees=False)
    y = call.add("attention", *heads, part=f"{part}heads", arrays=arrays)
    y = call.add("swap_axes", y, part=f"{part}together", axes=(1, 2))
    y = call.add("flatten", y, part=f"{part}joined", start=-2, end=-1)
    tensors = {"weights": m.out_proj.weight, "bias": m.out_proj.bias}
    y = call.weighted("linear", y, tensors, f"{part}out")
    if not m.batch_first:
        y = call.add("swap_axes", y, part=f"{part}time_first", axes=(0, 1))
    return y, Missing(f"the attention weights of {call.name}")


def _projection(m: Any, k: int, name: str) -> dict[str, Any]:
    """The k-th of the three matrices and biases that an attention layer projects with."""
    part = slice(k * m.embed_dim, (k + 1) * m.embed_dim)
    packed = m.in_proj_weight is not None
    weights = m.in_proj_weight[part] if packed else getattr(m, f"{name}_proj_weight")
    return {"weights": weights, "bias": None if m.in_proj_bias is None else m.in_proj_bias[part]}


def encoder_layer(
    call: Call,
    m: Any,
    src: Any,
    src_mask: Any = None,
    src_key_padding_mask: Any = None,
    is_causal: bool = False,
    part: str = "",
) -> Value:
    """`torch.nn.TransformerEncoderLayer`."""
    call.only(src_key_padding_mask=src_key_padding_mask)
    part = f"{part}." if part else ""

    def attend(x: Value) -> Value:
        same = (x, x, x)
        return multihead_attention(
            call, m.self_attn, *same, attn_mask=src_mask, part=f"{part}self_attn"
        )[0]

    def feed(x: Value) -> Value:
        y = call.weighted("linear", x, _of(m.linear1), f"{part}linear1")
        y = activation(call, m.activation, y, f"{part}activation")
        return call.weighted("linear", y, _of(m.linear2), f"{part}linear2")

    def add(x: Value, y: Value, name: str) -> Value:
        return Value(call.add("add", x, y, part=f"{part}{name}").name, x.shape)

    def norm(k: int, x: Value) -> Value:
        y = layer_norm_module(call, getattr(m, f"norm{k}"), x, part=f"{part}norm{k}")
        return Value(y.name, x.shape)

    x = call.value(src)
    if m.norm_first:
        x = add(x, attend(norm(1, x)), "add1")
        return add(x, feed(norm(2, x)), "add2")
    x = norm(1, add(x, attend(x), "add1"))
    return norm(2, add(x, feed(x), "add2"))


def encoder(
    call: Call,
    m: Any,
    src: Any,
    mask: Any = None,
    src_key_padding_mask: Any = None,
    is_causal: Any = None,
) -> Value:
    """`torch.nn.TransformerEncoder`."""
    x = call.value(src)
    for k, layer in enumerate(m.layers):
        x = encoder_layer(call, layer, x, mask, src_key_padding_mask, part=f"layers.{k}")
    return x if m.norm is None else layer_norm_module(call, m.norm, x, part="norm")


def _of(m: Any) -> dict[str, Any]:
    return {"weights": m.weight, "bias": m.bias}
