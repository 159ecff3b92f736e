"""Where values are kept: DynamoDB through PynamoDB, and Secrets Manager. Nothing outside this folder knows either."""
