"""Contacts and their consent, channels, inbox, outbox, dispatch, receipts. Knows nothing of surveys or
families.
"""
