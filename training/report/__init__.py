"""The report of a run: numbers (content, curves), trials on the cells themselves, charts and the page."""
