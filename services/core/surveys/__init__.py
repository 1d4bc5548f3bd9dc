"""Surveys: rounds of answers that were imported, such as the employer NPS."""
