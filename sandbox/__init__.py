"""Local Salesforce and QuickBooks Online: real HTTP servers that refuse what the real ones refuse."""
