"""Campaigns: one text to many families, whom a filter describes. Here audiences meet the outbox."""
