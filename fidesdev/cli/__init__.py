"""Typer commands: parse, call one service, show its report."""
