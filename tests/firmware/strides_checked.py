"""A copy of the detector's source in which every arithmetic result is checked against its range.

Viper's integers have 32 bits on the board and 64 on a laptop, where an overflow would go unseen.
So the kernels are rewritten as plain Python for MicroPython's bytecode: same steps, every result
held to 32 bits; outside of the kernels to 31 bits, beyond which the board's heap is used.
"""

from __future__ import annotations

import ast
from pathlib import Path

MODULES = (
    "strides", "sense", "gait", "impact", "pace", "push", "orientation", "reading", "accel_only", "watch", "limp",
    "wire",
)  # fmt: skip

RANGES = """
def word(x):
    if not -0x80000000 <= x <= 0x7FFFFFFF:
        raise OverflowError("%d does not fit 32 bits" % x)
    return x


def small(x):
    if not -0x40000000 <= x <= 0x3FFFFFFF:
        raise OverflowError("%d does not fit 31 bits" % x)
    return x
"""


class Checker(ast.NodeTransformer):
    """Wraps what can overflow; counts the kernels it met."""

    def __init__(self) -> None:
        self.kernels = 0
        self._check = ""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        viper = [d for d in node.decorator_list if ast.unparse(d) == "micropython.viper"]
        self.kernels += len(viper)
        node.decorator_list = []
        node.returns = None
        for argument in node.args.args:
            argument.annotation = None
        self._check = "word" if viper else "small"
        self.generic_visit(node)
        self._check = ""
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST | None:
        if ast.unparse(node) == "m <<= 31":
            return None  # the mask of the sign extension, which is left out below
        read = ast.parse(ast.unparse(node.target), mode="eval").body
        value = self.visit(ast.BinOp(read, node.op, node.value))
        return ast.Assign([node.target], value)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        inner = node.left
        if (
            isinstance(node.op, ast.Sub)
            and isinstance(inner, ast.BinOp)
            and isinstance(inner.op, ast.BitXor)
            and ast.unparse(inner.right) == ast.unparse(node.right)
        ):
            return self.visit(inner.left)  # (x ^ m) - m: arrays read from bytecode have their sign
        return self._wrapped(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        return self._wrapped(node) if isinstance(node.op, ast.USub) else self.generic_visit(node)

    def _wrapped(self, node: ast.expr) -> ast.AST:
        node = self.generic_visit(node)
        return ast.Call(ast.Name(self._check), [node], []) if self._check else node


def write_checked(firmware: Path, target: Path) -> int:
    """Write the checked modules below `target`; returns how many kernels there were."""
    (target / "node").mkdir(parents=True)
    (target / "node" / "ranges.py").write_text(RANGES)
    kernels = 0
    for name in MODULES:
        checker = Checker()
        tree = checker.visit(ast.parse((firmware / "node" / f"{name}.py").read_text()))
        source = ast.unparse(ast.fix_missing_locations(tree))
        heading = "from node.ranges import small, word\n"
        (target / "node" / f"{name}.py").write_text(heading + source)
        kernels += checker.kernels
    return kernels
