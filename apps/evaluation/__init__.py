"""The scores of `squeezeseg eval`: tables, plots, one page of HTML."""
