"""Trained weights: their files and their cards."""

from squeezeseg.weights.card import ModelCard
from squeezeseg.weights.model import Model, load_card, load_weights, record_score, save_model, shipped_models

__all__ = ["Model", "ModelCard", "load_card", "load_weights", "record_score", "save_model", "shipped_models"]
