"""ReportContent and how it looks: PDF, CSV, JSON."""
