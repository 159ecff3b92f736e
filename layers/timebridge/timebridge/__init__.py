"""Keeps timesheet, Salesforce and QuickBooks in step."""
