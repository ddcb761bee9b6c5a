"""Actors: road users as meshes."""
