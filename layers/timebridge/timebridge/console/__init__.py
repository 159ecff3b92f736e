"""The web pages of timebridge."""
