"""Controllers: each takes a decoded request, makes one service call, and returns the answer.

Their docstrings are the summaries and descriptions of the OpenAPI document.
"""
