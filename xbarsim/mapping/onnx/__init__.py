"""Networks in ONNX files."""

from xbarsim.mapping.onnx.reader import from_onnx as from_onnx
