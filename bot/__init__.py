"""The only package that speaks: dialogues, and the one place that carries their effects out."""
