"""Whether two texts are the same program, whatever they look like."""

from __future__ import annotations

import ast

_WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def is_same_code(one: bytes, other: bytes) -> bool:
    """Whether only comments, docstrings, annotations or layout differ.

    Texts that this Python cannot parse are compared word by word.
    """
    if one == other:
        return True
    try:
        return _bare(one) == _bare(other)
    except (SyntaxError, ValueError, RecursionError):
        return one.split() == other.split()


def _bare(source: bytes) -> str:
    """The program without what does not run."""
    tree = _Bare().visit(ast.parse(source))
    return ast.dump(tree)


class _Bare(ast.NodeTransformer):
    """Drops docstrings, and annotations where only a reader or a type checker sees them."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, _WITH_DOCSTRING):
            node.body = [s for s in node.body if not _is_text(s)] or [ast.Pass()]
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None
        return super().generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None or not isinstance(node.target, ast.Name):
            return self.generic_visit(node)
        assign = ast.Assign(targets=[node.target], value=node.value)
        return self.generic_visit(assign)


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
